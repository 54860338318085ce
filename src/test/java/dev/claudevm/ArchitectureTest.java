package dev.claudevm;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.vaadin.flow.component.WebComponentExporter;
import com.vaadin.flow.component.page.AppShellConfigurator;
import com.vaadin.flow.router.HasErrorParameter;
import com.vaadin.flow.router.Route;
import com.vaadin.flow.spring.annotation.EnableVaadin;
import java.util.stream.Stream;
import org.apache.sshd.core.CoreModuleProperties;
import org.junit.jupiter.api.Test;

/** What docs/architecture.md says of the packages. */
class ArchitectureTest {

    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.claudevm");

    @Test
    void onlyTheGatewaysKnowSsh() {
        noClasses()
                .that()
                .resideInAPackage("dev.claudevm..")
                .and()
                .resideOutsideOfPackages(
                        "dev.claudevm.gateway..",
                        "dev.claudevm.ssh..",
                        "dev.claudevm.bridge..",
                        "dev.claudevm.provider.ssh..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.sshd..")
                .check(PRODUCT);
    }

    /** Else the system holds a small message back until what went before it was acknowledged, which takes 40 ms. */
    @Test
    void whatSpeaksSshSendsSmallMessagesAtOnce() {
        classes()
                .that(DescribedPredicate.describe(
                        "set up an SSH client or server",
                        type -> type.getMethodCallsFromSelf().stream()
                                .anyMatch(call -> call.getName().matches("setUpDefault(Client|Server)"))))
                .should()
                .accessField(CoreModuleProperties.class, "TCP_NODELAY")
                .check(PRODUCT);
    }

    @Test
    void onlyTheWorkspacesKnowAProvidersInside() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.claudevm.workspace..", "dev.claudevm.provider..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.claudevm.provider.local..",
                        "dev.claudevm.provider.docker..",
                        "dev.claudevm.provider.ssh..",
                        "dev.claudevm.provider.material..")
                .check(PRODUCT);
    }

    @Test
    void onlyTheStoreKnowsItsLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.claudevm.store..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jclouds..", "com.google.inject..", "com.google.common..")
                .check(PRODUCT);
    }

    @Test
    void onlyTheSearchKnowsItsLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.claudevm.search..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.lucene..")
                .check(PRODUCT);
    }

    @Test
    void theCommandLineTalksToTheApiOnly() {
        noClasses()
                .that()
                .resideInAPackage("dev.claudevm.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.claudevm.workspace..",
                        "dev.claudevm.conversation..",
                        "dev.claudevm.gateway..",
                        "dev.claudevm.ssh..",
                        "dev.claudevm.live..",
                        "dev.claudevm.access..",
                        "dev.claudevm.agent..",
                        "dev.claudevm.search..",
                        "dev.claudevm.store..")
                .check(PRODUCT);
    }

    @Test
    void theCoreDependsOneWay() {
        slices().matching("dev.claudevm.(problem|project|providers|workspace|gateway|ssh|conversation|live)..")
                .should()
                .beFreeOfCycles()
                .check(PRODUCT);
    }

    @Test
    void theCoreKnowsNoViews() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.claudevm.project",
                        "dev.claudevm.providers",
                        "dev.claudevm.workspace",
                        "dev.claudevm.gateway",
                        "dev.claudevm.conversation",
                        "dev.claudevm.live")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.vaadin..")
                .check(PRODUCT);
    }

    /** What Vaadin finds by reading classes it finds in these packages only. */
    @Test
    void viewsAreWhereVaadinLooksForThem() {
        String[] looked = Stream.of(ServerApplication.class
                        .getAnnotation(EnableVaadin.class)
                        .value())
                .map(name -> name + "..")
                .toArray(String[]::new);
        classes()
                .that()
                .areAnnotatedWith(Route.class)
                .or()
                .areAssignableTo(AppShellConfigurator.class)
                .or()
                .areAssignableTo(HasErrorParameter.class)
                .or()
                .areAssignableTo(WebComponentExporter.class)
                .should()
                .resideInAnyPackage(looked)
                .check(PRODUCT);
    }

    @Test
    void repositoriesStayInTheirPackage() {
        classes()
                .that()
                .haveSimpleNameEndingWith("Repository")
                .should()
                .bePackagePrivate()
                .check(PRODUCT);
    }
}
