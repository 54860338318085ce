package dev.claudevm.workspace;

import dev.claudevm.config.ProcessEnvironment;
import dev.claudevm.provider.ssh.SshKind;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Machines over SSH, which a person adds. */
@Configuration(proxyBeanMethods = false)
class SshMachineConfiguration {

    @Bean
    SshKind sshKind(ProcessEnvironment environment, @Value("${claude-vm.workspace.train-kit:true}") boolean trainKit) {
        Path agent = environment
                .get("SSH_AUTH_SOCK")
                .filter(path -> !path.isBlank())
                .map(Path::of)
                .orElse(null);
        return new SshKind(agent, trainKit);
    }
}
