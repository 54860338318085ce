package dev.claudevm.bridge;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.subsystem.SubsystemFactory;
import org.apache.sshd.sftp.server.SftpSubsystem;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;

/**
 * SFTP, beginning in the project's folder. By OpenSSH's {@code sftp-server} where the workspace has it: it is quicker and
 * knows names that are no UTF-8; else by our own.
 */
final class Sftp implements SubsystemFactory {

    private static final List<Path> PROGRAMS = List.of(
            Path.of("/usr/lib/openssh/sftp-server"),
            Path.of("/usr/libexec/openssh/sftp-server"),
            Path.of("/usr/libexec/sftp-server"),
            Path.of("/usr/lib/ssh/sftp-server"));

    private final BridgeConfig config;
    private final Optional<Path> program;

    Sftp(BridgeConfig config) {
        this.config = config;
        boolean ours = "true".equals(System.getenv("CLAUDE_VM_OWN_SFTP"));
        this.program = ours
                ? Optional.empty()
                : PROGRAMS.stream().filter(Files::isExecutable).findFirst();
    }

    @Override
    public String getName() {
        return "sftp";
    }

    @Override
    public Command createSubsystem(ChannelSession channel) throws IOException {
        return program.isPresent()
                ? ShellCommand.subsystem(config, List.of(program.get().toString()))
                : new InProject(channel, new SftpSubsystemFactory());
    }

    private final class InProject extends SftpSubsystem {

        InProject(ChannelSession channel, SftpSubsystemFactory settings) {
            super(channel, settings);
        }

        @Override
        public void setFileSystem(FileSystem files) {
            super.setFileSystem(files);
            defaultDir = files.getPath(config.project().toString());
        }
    }
}
