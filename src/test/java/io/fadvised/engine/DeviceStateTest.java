package io.fadvised.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.policy.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeviceStateTest {

  @ParameterizedTest
  @EnumSource
  void everyReasonHasAState(Reason.Code code) {
    assertThat(DeviceState.of(code)).isNotNull();
  }

  @Test
  void stateHasALabelForMachines() {
    assertThat(DeviceState.BLOCK_DEVICE.label()).isEqualTo("block-device");
    assertThat(DeviceState.of(Reason.Code.DRY_RUN)).isEqualTo(DeviceState.MANAGED);
    assertThat(DeviceState.of(Reason.Code.CHANGED)).isEqualTo(DeviceState.NEW);
  }
}
