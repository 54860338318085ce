/** What every provider must do, as tests: a provider's own tests extend {@link dev.claudevm.provider.contract.ProviderContract}. */
@org.jspecify.annotations.NullMarked
package dev.claudevm.provider.contract;
