package io.fadvised.metrics;

import io.fadvised.config.RemoteJmx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;

/** The key and certificate with which the port for JMX proves who it is. */
final class TlsKeys {
  private TlsKeys() {}

  /**
   * Sockets that have them.
   *
   * @throws IOException with the reason, naming the key and the file, if there are none
   */
  static SSLSocketFactory socketFactory(RemoteJmx.Tls settings) throws IOException {
    try (InputStream in = Files.newInputStream(settings.keystore())) {
      char[] password = password(settings);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password);
      for (String alias : Collections.list(store.aliases())) {
        if (store.isKeyEntry(alias)) {
          return context(store, password).getSocketFactory();
        }
      }
      throw new IOException("has no private key");
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException(
          "jmx.remote.tls.keystore: \""
              + settings.keystore()
              + "\" cannot be used: "
              + e.getMessage(),
          e);
    }
  }

  private static SSLContext context(KeyStore store, char[] password)
      throws GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private static char[] password(RemoteJmx.Tls settings) throws IOException {
    return Files.readAllLines(settings.passwordFile()).stream()
        .findFirst()
        .orElse("")
        .toCharArray();
  }
}
