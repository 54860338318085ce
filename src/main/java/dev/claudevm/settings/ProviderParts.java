package dev.claudevm.settings;

import dev.claudevm.providers.AddedProviders;
import dev.claudevm.providers.DefaultProviders;
import dev.claudevm.providers.Kinds;
import dev.claudevm.providers.Providers;
import dev.claudevm.workspace.ProvidersInUse;
import org.springframework.stereotype.Component;

/** What the settings of providers are made of. */
@Component
record ProviderParts(
        Providers providers, AddedProviders added, ProvidersInUse inUse, DefaultProviders defaults, Kinds kinds) {}
