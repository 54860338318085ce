package dev.claudevm;

import com.tngtech.archunit.core.domain.JavaClass;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/** Each package of the control plane is a module: nobody goes through its wall, and none go round in a circle. */
class ModulesTest {

    /** Maven modules of their own, whose walls the build has. */
    private static final String[] OTHERS = {
        "dev.claudevm.agents..",
        "dev.claudevm.bridge..",
        "dev.claudevm.protocol..",
        "dev.claudevm.provider..",
        "dev.claudevm.testkit.."
    };

    @Test
    void modulesUseOnlyWhatOthersOffer() {
        ApplicationModules.of(ServerApplication.class, JavaClass.Predicates.resideInAnyPackage(OTHERS))
                .verify();
    }
}
