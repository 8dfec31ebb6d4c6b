package io.fadvised.config;

import java.util.Optional;

/** The settings of one device after its overrides. The caps limit this device alone. */
public record DevicePolicy(
    Interval interval,
    Optional<MemoryAmount> capRelaxed,
    Optional<MemoryAmount> capPressed,
    boolean dryRun) {

  DevicePolicy with(DeviceOverride override) {
    return new DevicePolicy(
        interval.with(override.intervalMin(), override.intervalMax()),
        override.budgetRelaxed().or(() -> capRelaxed),
        override.budgetPressed().or(() -> capPressed),
        dryRun || override.dryRun().orElse(false));
  }
}
