package dev.claudevm.config;

import java.util.Map;
import java.util.Optional;

/** The environment that the server was started with; a type of its own, so that tests give another. Holds keys. */
public record ProcessEnvironment(Map<String, String> variables) {

    public ProcessEnvironment {
        variables = Map.copyOf(variables);
    }

    /** @return the variable, unless it is missing or empty */
    public Optional<String> get(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    @Override
    public String toString() {
        return "ProcessEnvironment[" + variables.size() + " variables]";
    }
}
