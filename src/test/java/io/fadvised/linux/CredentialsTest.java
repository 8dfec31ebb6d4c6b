package io.fadvised.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.fadvised.linux.Credentials.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {
  @TempDir private Path process;

  @ParameterizedTest
  @CsvSource({
    "0, false, false",
    "4, true, false",
    "8, false, true",
    "200000, false, false",
    "1ffffffffff, true, true",
  })
  void capabilitiesAreBitsOfCapEff(String capEff, boolean readSearch, boolean owner) {
    Credentials credentials = new Credentials(1000, Long.parseLong(capEff, 16), true);

    assertThat(credentials.has(Capability.CAP_DAC_READ_SEARCH)).isEqualTo(readSearch);
    assertThat(credentials.has(Capability.CAP_FOWNER)).isEqualTo(owner);
  }

  @ParameterizedTest
  @CsvSource({"CAP_DAC_READ_SEARCH", "CAP_FOWNER"})
  void capabilityInAUserNamespaceDoesNotCoverEveryFile(Capability capability) {
    assertThat(new Credentials(0, -1L, false).has(capability)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'0 0 4294967295', true",
    "'         0          0 4294967295', true",
    "'0 1000 1', false"
  })
  void userMapIdentifiesTheInitialUserNamespace(String map, boolean initial) throws IOException {
    Files.writeString(process.resolve("status"), "Name:\tjava\nCapEff:\t000001ffffffffff\n");
    Files.writeString(process.resolve("uid_map"), map + "\n");

    Credentials credentials = Credentials.read(process, 7);

    assertThat(credentials).isEqualTo(new Credentials(7, 0x1ffffffffffL, initial));
  }

  @Test
  void kernelWithoutUserNamespacesHasOnlyTheInitialOne() throws IOException {
    Files.writeString(process.resolve("status"), "CapEff:\t0000000000000008\n");

    assertThat(Credentials.read(process, 0).has(Capability.CAP_FOWNER)).isTrue();
  }

  @Test
  void processWithoutAStatusIsRejected() {
    assertThatIOException().isThrownBy(() -> Credentials.read(process, 0));
  }
}
