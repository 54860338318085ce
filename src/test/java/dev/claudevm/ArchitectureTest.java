package dev.claudevm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What docs/architecture.md says of the packages. */
@AnalyzeClasses(packages = "dev.claudevm", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule onlyTheGatewayKnowsSsh = noClasses()
            .that()
            .resideInAPackage("dev.claudevm..")
            .and()
            .resideOutsideOfPackages("dev.claudevm.gateway..", "dev.claudevm.bridge..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.sshd..");

    @ArchTest
    static final ArchRule onlyTheWorkspacesKnowAProvidersInside = noClasses()
            .that()
            .resideOutsideOfPackages("dev.claudevm.workspace..", "dev.claudevm.provider..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.claudevm.provider.local..");

    @ArchTest
    static final ArchRule theCommandLineTalksToTheApiOnly = noClasses()
            .that()
            .resideInAPackage("dev.claudevm.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.claudevm.workspace..",
                    "dev.claudevm.conversation..",
                    "dev.claudevm.gateway..",
                    "dev.claudevm.live..",
                    "dev.claudevm.access..",
                    "dev.claudevm.agent..");

    @ArchTest
    static final ArchRule theCoreDependsOneWay = slices().matching(
                    "dev.claudevm.(problem|project|workspace|gateway|conversation|live)..")
            .should()
            .beFreeOfCycles();

    @ArchTest
    static final ArchRule theCoreKnowsNoViews = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.claudevm.project",
                    "dev.claudevm.workspace",
                    "dev.claudevm.gateway",
                    "dev.claudevm.conversation",
                    "dev.claudevm.live")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.vaadin..");

    @ArchTest
    static final ArchRule repositoriesStayInTheirPackage =
            classes().that().haveSimpleNameEndingWith("Repository").should().bePackagePrivate();
}
