package dev.claudevm.provider.ssh;

import dev.claudevm.provider.contract.ProviderStory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a machine must have is said before anything is made on it. */
class SurveyTest {

    @Test
    void aMachineWithoutWhatIsNeededIsRefused() {
        var survey = new Survey(List.of(
                "folder /x",
                "system Linux",
                "processor " + System.getProperty("os.arch").replace("amd64", "x86_64"),
                "libc glibc",
                "free 9000000"));
        assertSurvey(survey, "system Linux", "system Darwin", "need Linux");
        assertSurvey(survey, "processor", "processor riscv64", "riscv64");
        assertSurvey(survey, "libc", "libc musl", "musl");
        assertSurvey(survey, "free", "free 1000", "too little room");
        assertSurvey(survey, "none", "lacks tar", "lacks what workspaces need: tar");
        assertSurvey(survey, "none", "kills yes", "KillExcludeUsers");
    }

    private static void assertSurvey(Survey good, String instead, String line, String why) {
        var host = new SshOptions.Host("u", "there", 22, null, "hostKey");
        List<String> lines = new ArrayList<>(good.lines());
        lines.removeIf(old -> old.startsWith(instead));
        lines.add(line);
        ProviderStory.refused(() -> new Survey(lines).require(host, 1_000_000_000), why);
    }
}
