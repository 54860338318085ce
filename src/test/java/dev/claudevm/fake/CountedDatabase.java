package dev.claudevm.fake;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;

/** Counts what is asked of the database and how many rows come back: work that does not depend on the machine's mood. */
public final class CountedDatabase implements BeanPostProcessor {

    private final AtomicLong statements = new AtomicLong();
    private final AtomicLong rows = new AtomicLong();

    /** @param rows that were read */
    public record Count(long statements, long rows) {}

    /** A piece of work. */
    public interface Work {
        void run() throws Exception;
    }

    /** @return what it took; nobody else must use the database meanwhile */
    public Count of(Work work) throws Exception {
        long statementsBefore = statements.get();
        long rowsBefore = rows.get();
        work.run();
        return new Count(statements.get() - statementsBefore, rows.get() - rowsBefore);
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof DataSource database ? watch(database, DataSource.class) : bean;
    }

    private <T> T watch(T real, Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    Object result;
                    try {
                        result = method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (real instanceof Statement && method.getName().startsWith("execute")) {
                        statements.incrementAndGet();
                    }
                    if (real instanceof ResultSet && method.getName().equals("next") && Boolean.TRUE.equals(result)) {
                        rows.incrementAndGet();
                    }
                    return switch (result) {
                        case Connection connection
                        when real instanceof DataSource -> watch(connection, Connection.class);
                        case PreparedStatement statement -> watch(statement, PreparedStatement.class);
                        case Statement statement -> watch(statement, Statement.class);
                        case ResultSet set when real instanceof Statement -> watch(set, ResultSet.class);
                        case null, default -> result;
                    };
                }));
    }
}
