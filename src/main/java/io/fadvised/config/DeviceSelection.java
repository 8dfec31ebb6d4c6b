package io.fadvised.config;

/** Says whether a device is managed, with the reason that operators see. */
public record DeviceSelection(boolean included, String reason) {}
