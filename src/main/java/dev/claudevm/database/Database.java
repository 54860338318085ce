package dev.claudevm.database;

import java.nio.file.Path;

/**
 * @param url for JDBC
 * @param password a secret
 */
record Database(String url, String user, String password) {

    private static final String POSTGRES = "jdbc:postgresql://";

    /** @param folder in which its files are; H2 lets one process have them */
    static Database file(Path folder) {
        return new Database(
                "jdbc:h2:file:" + folder.resolve("claude-vm") + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE"
                        + ";DEFAULT_NULL_ORDERING=HIGH;DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0",
                "sa",
                "");
    }

    /** @param url {@code postgresql://host:port/name}, with what the driver knows as parameters */
    static Database postgres(String url, String user, String password) {
        String rest = url.substring(url.indexOf("://") + "://".length());
        // A database that is gone without a word is noticed, and that it is our server can be seen there.
        String ours = (rest.contains("?") ? "&" : "?") + "ApplicationName=claude-vm&tcpKeepAlive=true&connectTimeout=10"
                + "&loginTimeout=10&socketTimeout=60";
        return new Database(POSTGRES + rest + ours, user, password);
    }

    boolean isPostgres() {
        return url.startsWith(POSTGRES);
    }

    /** @return for people: host and name */
    String shown() {
        return url.replaceFirst("\\?.*", "").replaceFirst("^jdbc:", "");
    }

    @Override
    public String toString() {
        return "Database[" + shown() + "]";
    }
}
