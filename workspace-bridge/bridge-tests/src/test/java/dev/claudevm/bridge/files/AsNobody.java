package dev.claudevm.bridge.files;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.CompletableFuture;

/** Does something on a thread that has nobody's rights on files: Linux has such rights for each thread. */
final class AsNobody {

    private static final int NOBODY = 65534;

    private AsNobody() {}

    interface Work {
        void run() throws Exception;
    }

    static void run(Work work) throws Exception {
        MethodHandle setfsuid = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().find("setfsuid").orElseThrow(),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                int before = (int) setfsuid.invokeExact(NOBODY);
                work.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        done.get();
    }
}
