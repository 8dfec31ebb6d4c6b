package io.fadvised.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.Credentials.Capability;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {

  @ParameterizedTest
  @CsvSource({
    "0, false, false, false",
    "4, true, false, false",
    "8, false, true, false",
    "200000, false, false, true",
    "1ffffffffff, true, true, true",
  })
  void capabilitiesAreBitsOfCapEff(
      String capEff, boolean readSearch, boolean owner, boolean admin) {
    Credentials credentials = new Credentials(1000, Long.parseLong(capEff, 16), true);

    assertThat(credentials.has(Capability.CAP_DAC_READ_SEARCH)).isEqualTo(readSearch);
    assertThat(credentials.has(Capability.CAP_FOWNER)).isEqualTo(owner);
    assertThat(credentials.has(Capability.CAP_SYS_ADMIN)).isEqualTo(admin);
  }

  @ParameterizedTest
  @CsvSource({"CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_SYS_ADMIN"})
  void inAUserNamespaceNoCapabilityHoldsForEveryFile(Capability capability) {
    assertThat(new Credentials(0, -1L, false).has(capability)).isFalse();
  }
}
