package io.fadvised.pagecache;

/**
 * A stretch of a file with something resident.
 *
 * @param range where it is
 * @param residency what is resident there
 */
public record Region(ByteRange range, Residency residency) {}
