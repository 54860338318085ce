package dev.claudevm.database;

import dev.claudevm.config.ServerConfig;
import dev.claudevm.config.ServerHome;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The database of {@code database:} in config.yaml, or of the environment, which goes before it. */
@Configuration(proxyBeanMethods = false)
class DatabaseConfiguration {

    /** @param url {@code CLAUDE_VM_DATABASE_URL}, and so on */
    @Bean
    Database database(
            ServerHome home,
            ServerConfig config,
            @Value("${claude-vm.database.url:}") String url,
            @Value("${claude-vm.database.user:}") String user,
            @Value("${claude-vm.database.password:}") String password) {
        ServerConfig.Database configured = config.database();
        String chosen = first(url, configured.url());
        return chosen.isEmpty()
                ? Database.file(home.root().resolve("db"))
                : Database.postgres(chosen, first(user, configured.user()), first(password, configured.password()));
    }

    /** Taken before anything is read: two servers on one database would both do everything. */
    @Bean
    DatabaseClaim databaseClaim(Database database, ApplicationContext server) {
        return DatabaseClaim.take(database, server);
    }

    @Bean
    JdbcConnectionDetails connectionDetails(Database database, DatabaseClaim claimed) {
        return new JdbcConnectionDetails() {
            @Override
            public String getUsername() {
                return database.user();
            }

            @Override
            public String getPassword() {
                return database.password();
            }

            @Override
            public String getJdbcUrl() {
                return database.url();
            }
        };
    }

    private static String first(String environment, @Nullable String configured) {
        return !environment.isBlank() ? environment.strip() : configured == null ? "" : configured;
    }
}
