package dev.claudevm.agents.demo;

import dev.claudevm.agents.demo.Script.Step;
import dev.claudevm.agents.demo.Script.Tool;
import dev.claudevm.agents.demo.Script.Tools;
import dev.claudevm.protocol.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What the demo agent does with a message that is no script. Pure but for a look at which files there are. */
final class Tour {

    private static final List<String> READMES = List.of("README.md", "README", "README.txt", "readme.md");

    private Tour() {}

    /** @param said the person's messages so far, the last one is to be answered */
    static List<Step> of(List<String> said, Path folder) {
        return said.size() == 1 ? first(said.getFirst(), folder) : List.of(new Script.Say(later(said)));
    }

    private static List<Step> first(String message, Path folder) {
        List<Step> steps = new ArrayList<>();
        steps.add(new Script.Say("""
                I am the **demo agent**: no model, no key, no network. I cannot think about what you wrote, but everything \
                else here is real: I run in the workspace, I really call tools, and I really wait for your answers.

                I have seen 1 message from you, the first was: "%s".

                Let me look around in `%s`.""".formatted(message, folder.getFileName() == null ? folder : folder.getFileName())));
        steps.add(todo(0));
        steps.add(bash("ls -la", "Look which files there are"));
        for (String readme : READMES) {
            if (Files.isRegularFile(folder.resolve(readme))) {
                steps.add(tool("Read", object().put("file_path", readme)));
                break;
            }
        }
        if (Files.exists(folder.resolve(".git"))) {
            steps.add(bash("git log --oneline -n 5", "See what was done lately"));
        }
        steps.add(todo(1));
        steps.add(new Script.Say(
                "Next I would like to write a small file. An agent asks before it changes something, and the question"
                        + " waits for you on every device that you have: answer it where you like."));
        steps.add(tool("Write", object().put("file_path", "claude-vm-demo.md").put("content", file(message))));
        steps.add(todo(2));
        steps.add(question());
        steps.add(todo(3));
        steps.add(new Script.Say("""
                That was all. Try this:

                * Send several messages while I work: they wait in the queue, and you can change or move them.
                * Close the laptop or the phone in the middle: the turn goes on, and you find everything when you are back.
                * Send `slow 100 200` and press **Stop**.
                * Send `help` for everything that I can do.

                For real work choose another agent in Settings and give its key."""));
        return steps;
    }

    private static String later(List<String> said) {
        return "You said: \"" + said.getLast() + "\". I have seen " + said.size()
                + " messages from you, the first was: \""
                + said.getFirst()
                + "\".\n\nI am only the demo agent and cannot make sense of it. Send `help` to see what I"
                + " can do.";
    }

    private static String file(String message) {
        return """
                # Written by the demo agent of claude-vm

                You said:

                > %s

                This file is only here to show a change. Delete it when you like.
                """.formatted(message.replace("\n", "\n> "));
    }

    private static Step question() {
        ObjectNode question = object().put("question", "What should an agent do when it is not sure?")
                .put("header", "When unsure")
                .put("multiSelect", false);
        question.withArray("options")
                .addObject()
                .put("label", "Ask me")
                .put("description", "Wait for an answer, however long it takes");
        question.withArray("options")
                .addObject()
                .put("label", "Go on")
                .put("description", "Decide by itself and say what it decided");
        ObjectNode input = object();
        input.withArray("questions").add(question);
        return tool("AskUserQuestion", input);
    }

    private static Step todo(int done) {
        List<String> entries = List.of("Look at the project", "Write a file, with permission", "Ask a question");
        ObjectNode input = object();
        for (int i = 0; i < entries.size(); i++) {
            input.withArray("todos")
                    .addObject()
                    .put("content", entries.get(i))
                    .put("status", i < done ? "completed" : i == done ? "in_progress" : "pending")
                    .put("activeForm", entries.get(i));
        }
        return tool("TodoWrite", input);
    }

    private static Step bash(String command, String description) {
        return tool("Bash", object().put("command", command).put("description", description));
    }

    private static Step tool(String name, ObjectNode input) {
        return new Tools(List.of(new Tool(name, input)));
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
