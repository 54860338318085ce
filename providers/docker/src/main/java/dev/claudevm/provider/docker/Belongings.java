package dev.claudevm.provider.docker;

import dev.claudevm.provider.ProviderException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the Engine has of workspaces, found by their labels: containers, volumes. */
final class Belongings {

    private final Engine engine;
    private final Names names;

    Belongings(Engine engine, Names names) {
        this.engine = engine;
        this.names = names;
    }

    /** Removes whatever bears this workspace's label. */
    void remove(String id) throws ProviderException {
        var labels = names.labels(id);
        engine.order(client -> {
            for (var container : client.listContainersCmd()
                    .withShowAll(true)
                    .withLabelFilter(labels)
                    .exec()) {
                client.removeContainerCmd(container.getId()).withForce(true).exec();
            }
        });
        for (String volume : volumes(labels).keySet()) {
            engine.orderIfThere(client -> client.removeVolumeCmd(volume).exec());
        }
    }

    /** @return the workspaces of this installation of which there is anything */
    Set<String> ids() throws ProviderException {
        Set<String> found = new TreeSet<>();
        volumes(names.labels()).values().forEach(labels -> add(labels.get(Names.WORKSPACE), found));
        engine.order(client -> client.listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(names.labels())
                .exec()
                .forEach(container -> add(container.getLabels().get(Names.WORKSPACE), found)));
        return found;
    }

    private static void add(@Nullable String id, Set<String> to) {
        if (id != null && Names.isId(id)) {
            to.add(id);
        }
    }

    void makeVolumes(String id) throws ProviderException {
        engine.order(client -> {
            for (String volume : names.volumes(id)) {
                client.createVolumeCmd()
                        .withName(volume)
                        .withLabels(names.labels(id))
                        .exec();
            }
        });
    }

    /** @return whether all of them are there */
    boolean hasVolumes(String id) throws ProviderException {
        for (String volume : names.volumes(id)) {
            if (engine.find(client -> client.inspectVolumeCmd(volume).exec()).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** @return labels by the volume's name */
    private Map<String, Map<String, String>> volumes(Map<String, String> labels) throws ProviderException {
        return engine.ask(client -> {
            Map<String, Map<String, String>> found = new LinkedHashMap<>();
            var answer = client.listVolumesCmd()
                    .withFilter(
                            "label",
                            labels.entrySet().stream()
                                    .map(e -> e.getKey() + "=" + e.getValue())
                                    .toList())
                    .exec();
            if (answer.getVolumes() != null) {
                answer.getVolumes()
                        .forEach(v -> found.put(v.getName(), v.getLabels() == null ? Map.of() : v.getLabels()));
            }
            return found;
        });
    }
}
