import { commandProvider } from "./command";
import { configurationProvider } from "./configuration";
import { digitaloceanProvider } from "./digitalocean";
import { dockerProvider } from "./docker";
import { ProviderRegistry } from "./provider";
import { tlsProvider } from "./tls";

/** Every provider of the embedded engine; one more is added here. */
export function allProviders(): ProviderRegistry {
  return new ProviderRegistry([
    ...[commandProvider, configurationProvider, digitaloceanProvider, dockerProvider, tlsProvider],
  ]);
}
