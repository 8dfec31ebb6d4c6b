package io.fadvised.linux;

/**
 * What LOOP_GET_STATUS64 says of an attached loop device.
 *
 * @param backing identity of the backing file
 * @param backedByBlockDevice whether the backing "file" is itself a block device (lo_rdevice)
 * @param offsetBytes where in the backing file the device begins
 */
public record LoopStatus(FileIdentity backing, boolean backedByBlockDevice, long offsetBytes) {}
