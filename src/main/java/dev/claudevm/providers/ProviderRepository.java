package dev.claudevm.providers;

import dev.claudevm.protocol.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.core.type.TypeReference;

/** The tables {@code provider} and {@code provider_default}. */
@Repository
class ProviderRepository {

    private static final TypeReference<Map<String, String>> TEXTS = new TypeReference<>() {};

    private final JdbcClient db;
    private final Clock clock;

    ProviderRepository(JdbcClient db, Clock clock) {
        this.db = db;
        this.clock = clock;
    }

    List<AddedProvider> all() {
        return db.sql("select * from provider order by name")
                .query(ProviderRepository::row)
                .list();
    }

    Optional<AddedProvider> find(String name) {
        return db.sql("select * from provider where name = ?")
                .param(name)
                .query(ProviderRepository::row)
                .optional();
    }

    /** @throws org.springframework.dao.DuplicateKeyException when the name is taken */
    void insert(AddedProvider provider) {
        db.sql("insert into provider (name, kind, options, version, created_at, updated_at) values (?, ?, ?, ?, ?, ?)")
                .params(
                        provider.name(),
                        provider.kind(),
                        Json.MAPPER.writeValueAsString(provider.options()),
                        provider.version(),
                        now(),
                        now())
                .update();
    }

    /** @return false when somebody changed or deleted it meanwhile */
    boolean update(AddedProvider provider, String versionBefore) {
        return db.sql("update provider set options = ?, version = ?, updated_at = ? where name = ? and version = ?")
                        .params(
                                Json.MAPPER.writeValueAsString(provider.options()),
                                provider.version(),
                                now(),
                                provider.name(),
                                versionBefore)
                        .update()
                == 1;
    }

    void delete(String name) {
        db.sql("delete from provider_default where provider = ?").param(name).update();
        db.sql("delete from provider where name = ?").param(name).update();
    }

    Optional<String> byDefault(String scope) {
        return db.sql("select provider from provider_default where scope = ?")
                .param(scope)
                .query(String.class)
                .optional();
    }

    /** @param provider null: none */
    void byDefault(String scope, @Nullable String provider) {
        db.sql("delete from provider_default where scope = ?").param(scope).update();
        if (provider != null) {
            db.sql("insert into provider_default (scope, provider) values (?, ?)")
                    .params(scope, provider)
                    .update();
        }
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }

    private static AddedProvider row(ResultSet row, int number) throws SQLException {
        return new AddedProvider(
                row.getString("name"),
                row.getString("kind"),
                Json.MAPPER.readValue(row.getString("options"), TEXTS),
                row.getString("version"));
    }
}
