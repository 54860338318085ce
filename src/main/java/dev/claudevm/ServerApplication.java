package dev.claudevm;

import com.vaadin.flow.spring.annotation.EnableVaadin;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The control plane. {@code claude-vm web} starts it; settings come from {@code config.yaml} and the command line. */
@SpringBootApplication
// The packages of views, and nothing else: without names, each start would look for them in every class of ours.
@EnableVaadin({"dev.claudevm.conversation.ui", "dev.claudevm.settings", "dev.claudevm.start", "dev.claudevm.ui"})
public class ServerApplication {

    public static void main(String[] args) {
        SpringApplication.run(ServerApplication.class, args);
    }
}
