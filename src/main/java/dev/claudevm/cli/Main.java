package dev.claudevm.cli;

import dev.claudevm.cli.api.ApiClient;
import dev.claudevm.cli.api.CliException;
import dev.claudevm.cli.api.ExitCode;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;

/** Where the process starts. */
public final class Main {

    /** Options of the root that have a value. */
    private static final Set<String> VALUED = Set.of("--provider", "--config", "--server");

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(Surroundings.ofProcess(), args));
    }

    /** @return the exit code */
    static int run(Surroundings surroundings, String... args) {
        return commandLine(surroundings, called(ClaudeVm.COMMANDS, args), args).execute(args);
    }

    static CommandLine commandLine(Surroundings surroundings) {
        return commandLine(surroundings, ClaudeVm.COMMANDS, new String[0]);
    }

    /** Only the command that is called, if it is plain which: reading all of them takes half of the start. */
    private static Map<String, Class<?>> called(Map<String, Class<?>> commands, String... args) {
        String before = "";
        for (String arg : args) {
            // A provider may be called like a command.
            Class<?> called = VALUED.contains(before) ? null : commands.get(arg);
            before = arg;
            if (called != null) {
                return Map.of(arg, called);
            }
            if (arg.equals("-h") || arg.equals("--help")) {
                break;
            }
        }
        return commands;
    }

    private static CommandLine commandLine(Surroundings surroundings, Map<String, Class<?>> commands, String... args) {
        ClaudeVm root = new ClaudeVm(surroundings);
        CommandLine line = new CommandLine(root, new Commands(root));
        commands.forEach(line::addSubcommand);
        ClaudeVm.GROUPS.forEach((group, members) -> {
            CommandLine commandsOf = line.getSubcommands().get(group);
            if (commandsOf != null) {
                called(members, args).forEach(commandsOf::addSubcommand);
            }
        });
        CommandLine ssh = line.getSubcommands().get("ssh");
        if (ssh != null) {
            // What follows the workspace is the other ssh's, "--" too.
            ssh.setStopAtPositional(true);
        }
        return line.setOut(new PrintWriter(surroundings.out(), true))
                .setErr(new PrintWriter(surroundings.err(), true))
                .setExecutionStrategy(parsed -> execute(root, parsed))
                .setParameterExceptionHandler((wrong, _) -> complain(
                        surroundings,
                        new CliException(
                                ExitCode.USAGE,
                                String.valueOf(wrong.getMessage()),
                                "See `"
                                        + wrong.getCommandLine()
                                                .getCommandSpec()
                                                .qualifiedName()
                                        + " --help`.")))
                .setExecutionExceptionHandler((failure, _, _) -> {
                    if (failure instanceof CliException known) {
                        return complain(surroundings, known);
                    }
                    if (failure instanceof ApiClient.Unreachable unreachable) {
                        return complain(surroundings, unreachable.asEnd());
                    }
                    throw failure;
                });
    }

    private static int execute(ClaudeVm root, CommandLine.ParseResult parsed) {
        Integer help = CommandLine.executeHelpRequest(parsed);
        if (help != null) {
            return help;
        }
        CommandLine last = parsed.asCommandLineList().getLast();
        if (!(last.getCommandSpec().userObject() instanceof Verb verb)) {
            last.usage(last.getErr());
            return ExitCode.USAGE.code();
        }
        Answer answer;
        try {
            answer = verb.run();
        } catch (RuntimeException e) {
            throw new CommandLine.ExecutionException(last, String.valueOf(e.getMessage()), e);
        }
        new Printer(root.surroundings().out(), root.json).print(answer);
        return answer.code();
    }

    private static int complain(Surroundings surroundings, CliException failure) {
        surroundings.err().println("claude-vm: " + PlainText.lines(failure.what()));
        if (!failure.todo().isEmpty()) {
            surroundings.err().println("  " + PlainText.lines(failure.todo()));
        }
        return failure.exit().code();
    }

    /** Gives each command the root, which has the shared options. */
    private record Commands(ClaudeVm root) implements CommandLine.IFactory {

        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == ClaudeVm.class) {
                    return type.cast(constructor.newInstance(root));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
