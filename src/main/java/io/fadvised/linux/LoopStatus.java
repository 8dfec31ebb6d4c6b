package io.fadvised.linux;

/**
 * What LOOP_GET_STATUS64 says of an attached loop device.
 *
 * @param backing identity of the backing file
 * @param backedByBlockDevice whether the backing "file" is itself a block device (lo_rdevice)
 */
public record LoopStatus(FileIdentity backing, boolean backedByBlockDevice) {}
