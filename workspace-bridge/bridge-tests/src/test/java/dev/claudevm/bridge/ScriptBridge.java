package dev.claudevm.bridge;

import dev.claudevm.agents.Adapter;
import java.util.ArrayList;
import java.util.List;

/** The bridge's process with one agent protocol more. */
public final class ScriptBridge {

    private ScriptBridge() {}

    /** Like {@link BridgeMain#main}. */
    public static void main(String[] args) {
        List<Adapter> adapters = new ArrayList<>(Adapters.all());
        adapters.add(new ScriptAdapter());
        BridgeMain.exit(BridgeMain.run(args, adapters));
    }
}
