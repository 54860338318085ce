package dev.claudevm.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudevm.fake.Databases;
import dev.claudevm.testkit.PostgresServer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.platform.suite.api.AfterSuite;
import org.junit.platform.suite.api.BeforeSuite;
import org.junit.platform.suite.api.SelectClasses;
import org.junit.platform.suite.api.SelectMethod;
import org.junit.platform.suite.api.Suite;

/** Every repository once more, on a real Postgres: of the tests whose records are otherwise in a file, those that use them. */
@Suite
@SelectClasses(
        names = {
            "dev.claudevm.agent.SecretsTest",
            "dev.claudevm.workspace.ProvidersTest",
            "dev.claudevm.server.ProvidersApiTest"
        })
@SelectMethod("dev.claudevm.agent.AgentCatalogTest#theMachinesLoginIsLentOnlyWhenItsUserSaysSoAndOnlyTheShortLivedPart")
@SelectMethod("dev.claudevm.agent.ProgramsTest#theProgramOnThePathIsBroughtInByALinkAndAgainWhenItChanged")
@SelectMethod("dev.claudevm.conversation.OutboxAndMirrorTest#theSamePutThreeTimesArrivesOnce")
@SelectMethod("dev.claudevm.conversation.OutboxAndMirrorTest#anIdThatSaysSomethingElseIsAConflict")
@SelectMethod("dev.claudevm.conversation.OutboxAndMirrorTest#whatWasSaidOutlivesTheServer")
@SelectMethod("dev.claudevm.conversation.OutboxAndMirrorTest#whatHappenedWhileTheServerWasAwayIsMirrored")
@SelectMethod("dev.claudevm.conversation.OutboxAndMirrorTest#theFirstOfTwoDevicesDecidesAndTheOtherIsToldWho")
@SelectMethod("dev.claudevm.conversation.OutboxAndMirrorTest#whatATurnDoesShowsInTheList")
@SelectMethod("dev.claudevm.journal.JournalCopiesTest#aDatabaseThatIsPutBackGetsWhatWasSaidSince")
@SelectMethod("dev.claudevm.journal.JournalCopiesTest#everythingIsInTheStoreOnceAndNobodyElseCanReadIt")
@SelectMethod("dev.claudevm.push.PushTest#aRestartForgetsNothingAndTellsNothingTwice")
@SelectMethod("dev.claudevm.push.PushTest#aTurnThatEndsIsToldUntilSomebodyLooks")
@SelectMethod("dev.claudevm.push.PushTest#anApprovalIsToldOnceWithoutItsCommandAndDisappearsWhenItIsAnswered")
@SelectMethod("dev.claudevm.server.BackupTest#aStoppedWorkspaceGoesOnInAnotherInstallation")
@SelectMethod("dev.claudevm.search.SaidSearchTest#deletedWorkspacesAreSearchedAndOfPurgedOnesNothingStays")
@SelectMethod("dev.claudevm.search.SaidSearchTest#whatEverybodySaidIsFoundWithWhoSaidItAndWhere")
@SelectMethod("dev.claudevm.search.SearchIndexTest#whatACrashLeftIsMadeGoodOnce")
@SelectMethod("dev.claudevm.snapshot.UpkeepTest#whatTheStoreHasLostIsMissedAndTheNextSnapshotBringsItAgain")
@SelectMethod("dev.claudevm.ssh.SshBreaksTest#everyLoginIsWrittenDown")
@SelectMethod("dev.claudevm.ssh.SshKeysTest#aKeyIsListedWithItsFingerprintUntilItIsRemoved")
@SelectMethod("dev.claudevm.workspace.LifecycleTest#aRunningWorkspaceOutlivesTheServer")
@SelectMethod("dev.claudevm.workspace.LifecycleTest#aWishThatIsRepeatedMakesOneWorkspace")
@SelectMethod("dev.claudevm.workspace.LifecycleTest#aWorkspaceIsMadeStartedStoppedStartedAndDeleted")
@SelectMethod("dev.claudevm.workspace.LifecycleTest#byForceAStartThatHangsIsStopped")
@SelectMethod("dev.claudevm.workspace.LifecycleTest#whatWasBegunGoesOnAfterARestart")
@SelectMethod("dev.claudevm.workspace.RestTest#whatWasSetForItCountsBeforeItsProjectAndThatBeforeTheServer")
@SelectMethod("dev.claudevm.workspace.RestTest#whoWantsItWhileItIsPutToRestGetsIt")
class PostgresTest {

    private static @Nullable PostgresServer server;

    @BeforeSuite
    static void start() throws Exception {
        PostgresServer started = PostgresServer.start(PostgresServer.Login.PASSWORD);
        server = started;
        Databases.use(started);
    }

    /** A table that nothing was written into says that its repository is not among the tests above. */
    @AfterSuite
    static void everyTableWasUsed() throws Exception {
        PostgresServer started = server;
        if (started == null) {
            return;
        }
        try (started) {
            Databases.useFiles();
            Map<String, Long> inserted = Databases.inserted(started);
            assertThat(inserted)
                    .isNotEmpty()
                    .allSatisfy((table, rows) -> assertThat(rows)
                            .as("rows that were ever in %s", table)
                            .isPositive());
        }
    }
}
