package dev.claudevm.config;

import dev.claudevm.config.ServerConfig.Database;
import java.util.regex.Pattern;

/** {@code database:} of {@code config.yaml}. */
final class DatabaseSection {

    /** Without a user in it: what is in URLs ends in logs. */
    private static final Pattern URL =
            Pattern.compile("(jdbc:)?postgres(ql)?://[A-Za-z0-9._:,\\[\\]-]+/[A-Za-z0-9_.-]+(\\?[^\\s]*)?");

    private static final Pattern SECRET = Pattern.compile("[?&](user|password)=");

    private DatabaseSection() {}

    /** @param top the whole file */
    static Database read(YamlSection top) {
        YamlSection section = top.section("database");
        if (section == null) {
            return Database.DEFAULTS;
        }
        section.allow("url", "user", "password");
        String url = section.text("url");
        if (url == null) {
            throw top.problem(
                    "database", "\"database.url\" is needed, like postgresql://db.example.org:5432/claude_vm");
        }
        if (!URL.matcher(url).matches()) {
            throw section.problem(
                    "url", "\"database.url\" must be like postgresql://db.example.org:5432/claude_vm, without a user");
        }
        if (SECRET.matcher(url).find()) {
            throw section.problem(
                    "url",
                    "\"database.url\" must not have user or password: \"database\" has keys of their own for them");
        }
        return new Database(url, section.text("user"), section.text("password"));
    }
}
