package dev.claudevm.snapshot;

import dev.claudevm.gateway.HomeService;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.springframework.stereotype.Component;

/**
 * The backend for workspaces. Which repository it is, is decided by the key of their connection or by their socket, and not by
 * anything that is said; and only while a snapshot of it is made or restored, with the secret of that. The repository of
 * another workspace is read by a copy of that one, while its files are brought into it.
 */
@Component
class WorkspaceBackend implements HomeService {

    private final ResticBackend backend;
    private final Grants grants;

    WorkspaceBackend(ResticBackend backend, Grants grants) {
        this.backend = backend;
        this.grants = grants;
    }

    @Override
    public String name() {
        return "objects";
    }

    @Override
    public void serve(Visitor visitor, InputStream in, OutputStream out) throws IOException {
        new BackendHttp(backend, secret -> {
                    Grant grant = grants.find(visitor.workspaceId(), secret);
                    // Never what only the control plane may do, whoever has learnt its secret.
                    return grant == null || grant.rights() == Grant.Rights.KEEP || !visitor.welcome() ? null : grant;
                })
                .serve(in, out);
    }
}
