package io.fadvised.config;

/** Whether a device is managed, and the reason to show to operators. */
public record DeviceSelection(boolean included, String reason) {}
