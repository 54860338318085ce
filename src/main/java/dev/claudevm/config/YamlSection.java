package dev.claudevm.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A mapping in a YAML file whose every complaint names the file and the line. */
final class YamlSection {

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*(B|kB|MB)");

    private final Path file;
    private final String name;
    private final Map<String, Node> values = new LinkedHashMap<>();

    /** @param name for messages; empty: the whole file */
    YamlSection(Path file, String name, MappingNode node) {
        this.file = file;
        this.name = name;
        for (NodeTuple tuple : node.getValue()) {
            Node key = tuple.getKeyNode();
            if (!(key instanceof ScalarNode scalar)) {
                throw problem(key, "a key must be a plain word");
            }
            if (values.put(scalar.getValue(), tuple.getValueNode()) != null) {
                throw problem(key, "\"" + path(scalar.getValue()) + "\" is there twice; keep one of them");
            }
        }
    }

    /** @throws ConfigException when there is a key that is not among those */
    YamlSection allow(String... keys) {
        Set<String> allowed = new LinkedHashSet<>(List.of(keys));
        values.forEach((key, value) -> {
            if (!allowed.contains(key)) {
                throw problem(
                        value,
                        "unknown key \"" + key + "\"" + (name.isEmpty() ? "" : " in \"" + name + "\"")
                                + "; allowed are: " + String.join(", ", allowed));
            }
        });
        return this;
    }

    Set<String> keys() {
        return values.keySet();
    }

    @Nullable
    YamlSection section(String key) {
        Node node = present(key);
        return switch (node) {
            case null -> null;
            case MappingNode mapping -> new YamlSection(file, path(key), mapping);
            default -> throw wrong(key, node, "a section with keys of its own");
        };
    }

    @Nullable
    String text(String key) {
        Node node = present(key);
        return switch (node) {
            case null -> null;
            case ScalarNode scalar -> scalar.getValue();
            default -> throw wrong(key, node, "a text");
        };
    }

    @Nullable
    String textOf(String key, List<String> allowed) {
        String text = text(key);
        if (text != null && !allowed.contains(text)) {
            throw problem(
                    node(key), "\"" + path(key) + "\" is \"" + text + "\"; allowed are: " + String.join(", ", allowed));
        }
        return text;
    }

    @Nullable
    Boolean truth(String key) {
        Node node = present(key);
        return switch (node) {
            case null -> null;
            case ScalarNode scalar
            when scalar.getTag().equals(Tag.BOOL) -> scalar.getValue().matches("(?i)true|yes|on");
            default -> throw wrong(key, node, "true or false");
        };
    }

    @Nullable
    Integer port(String key) {
        Node node = present(key);
        if (node == null) {
            return null;
        }
        if (node instanceof ScalarNode scalar && scalar.getValue().matches("\\d{1,5}")) {
            int port = Integer.parseInt(scalar.getValue());
            if (port <= 65_535) {
                return port;
            }
        }
        throw wrong(key, node, "a port number from 0 (any free port) to 65535");
    }

    int count(String key, int otherwise) {
        Node node = present(key);
        if (node == null) {
            return otherwise;
        }
        if (node instanceof ScalarNode scalar && scalar.getValue().matches("\\d{1,6}")) {
            return Integer.parseInt(scalar.getValue());
        }
        throw wrong(key, node, "a number like 5, or 0 for no limit");
    }

    Duration duration(String key, Duration otherwise) {
        Node node = present(key);
        if (node == null) {
            return otherwise;
        }
        if (node instanceof ScalarNode scalar) {
            Matcher matcher = DURATION.matcher(scalar.getValue());
            if (matcher.matches()) {
                long amount = Long.parseLong(matcher.group(1));
                return switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    default -> Duration.ofHours(amount);
                };
            }
        }
        throw wrong(key, node, "a time like 500ms, 90s, 5m or 1h");
    }

    long bytes(String key, long otherwise) {
        Node node = present(key);
        if (node == null) {
            return otherwise;
        }
        if (node instanceof ScalarNode scalar) {
            Matcher matcher = SIZE.matcher(scalar.getValue());
            if (matcher.matches()) {
                long amount = Long.parseLong(matcher.group(1));
                return switch (matcher.group(2)) {
                    case "B" -> amount;
                    case "kB" -> amount * 1024;
                    default -> amount * 1024 * 1024;
                };
            }
        }
        throw wrong(key, node, "a size like 500kB or 20MB");
    }

    /** One text counts as a list of one. */
    List<String> texts(String key) {
        Node node = present(key);
        return switch (node) {
            case null -> List.of();
            case ScalarNode scalar -> List.of(scalar.getValue());
            case SequenceNode sequence -> {
                List<String> texts = new ArrayList<>();
                for (Node item : sequence.getValue()) {
                    if (!(item instanceof ScalarNode scalar)) {
                        throw wrong(key, item, "a list of texts");
                    }
                    texts.add(scalar.getValue());
                }
                yield List.copyOf(texts);
            }
            default -> throw wrong(key, node, "a list of texts");
        };
    }

    /** Every key of this section with its text, in order. */
    Map<String, String> allTexts() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String key : values.keySet()) {
            String text = text(key);
            texts.put(key, text == null ? "" : text);
        }
        return texts;
    }

    /** Whatever is in this section, as maps, lists and texts. */
    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        values.forEach((key, node) -> tree.put(key, plain(node)));
        return tree;
    }

    private Object plain(Node node) {
        return switch (node) {
            case ScalarNode scalar -> scalar.getValue();
            case SequenceNode sequence ->
                sequence.getValue().stream().map(this::plain).toList();
            case MappingNode mapping -> new YamlSection(file, name, mapping).tree();
            default -> throw problem(node, "not understood");
        };
    }

    ConfigException problem(String key, String message) {
        return problem(node(key), message);
    }

    private @Nullable Node present(String key) {
        Node node = values.get(key);
        return node != null && node.getTag().equals(Tag.NULL) ? null : node;
    }

    private Node node(String key) {
        Node node = values.get(key);
        if (node == null) {
            throw new IllegalArgumentException(key);
        }
        return node;
    }

    private String path(String key) {
        return name.isEmpty() ? key : name + "." + key;
    }

    private ConfigException wrong(String key, Node node, String expected) {
        String found = switch (node) {
            // A value that is wrong may be a secret in the wrong place: numbers and words only.
            case ScalarNode scalar when scalar.getValue().length() <= 12 -> "\"" + scalar.getValue() + "\"";
            case ScalarNode _ -> "a longer text";
            case SequenceNode _ -> "a list";
            default -> "a section";
        };
        return problem(node, "\"" + path(key) + "\" must be " + expected + ", but is " + found);
    }

    private ConfigException problem(Node node, String message) {
        return new ConfigException(file + ":" + (node.getStartMark().getLine() + 1) + ": " + message + ".");
    }

    static String list(Set<String> names) {
        return names.stream().sorted().collect(Collectors.joining(", "));
    }
}
