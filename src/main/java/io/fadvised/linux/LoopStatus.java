package io.fadvised.linux;

/**
 * The result of LOOP_GET_STATUS64 for an attached loop device.
 *
 * @param backing identity of the backing file
 * @param backedByBlockDevice whether the backing file is a block device (lo_rdevice)
 */
public record LoopStatus(FileIdentity backing, boolean backedByBlockDevice) {}
