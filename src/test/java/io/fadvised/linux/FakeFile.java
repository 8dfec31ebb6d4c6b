package io.fadvised.linux;

import java.util.BitSet;

/** A file of the {@link FakeKernel}, with its pages in the page cache. Up to 8 TiB. */
public final class FakeFile {
  /** st_mode of each kind of file, with ordinary permissions. */
  public enum Kind {
    REGULAR(0x81A4),
    DIRECTORY(0x41ED),
    SYMBOLIC_LINK(0xA1FF),
    FIFO(0x11A4),
    SOCKET(0xC1ED),
    BLOCK_DEVICE(0x61B0),
    CHARACTER_DEVICE(0x21B0);

    private final int mode;

    Kind(int mode) {
      this.mode = mode;
    }
  }

  private final FileIdentity identity;
  private final Kind kind;
  private final int pageBytes;
  private final BitSet resident = new BitSet();
  private final BitSet dirty = new BitSet();
  private final BitSet writeback = new BitSet();
  private final BitSet mapped = new BitSet();

  /** Pages that are not holes; used only after {@link #sparse}. */
  private final BitSet data = new BitSet();

  private byte[] start = new byte[0];
  private long sizeBytes;
  private int ownerId;
  private boolean ownerMapped = true;
  private boolean writable;
  private FileSystemType fileSystem = FileSystemType.EXT4;
  private boolean sparse;
  private int generation;

  FakeFile(FileIdentity identity, Kind kind, long sizeBytes, int pageBytes) {
    this.identity = identity;
    this.kind = kind;
    this.sizeBytes = sizeBytes;
    this.pageBytes = pageBytes;
  }

  public FileIdentity identity() {
    return identity;
  }

  public synchronized FakeFile ownedBy(int userId) {
    ownerId = userId;
    return this;
  }

  /** Simulates an idmapped mount that does not map the owner, so that fstat(2) shows nobody. */
  public synchronized FakeFile ownerUnmapped() {
    ownerMapped = false;
    return ownedBy(65534);
  }

  /** Sets whether users other than the owner may write it. */
  public synchronized FakeFile writable(boolean wanted) {
    writable = wanted;
    return this;
  }

  /** Sets the first bytes; the others are zero. */
  public synchronized FakeFile beginningWith(byte[] bytes) {
    start = bytes.clone();
    return this;
  }

  synchronized byte[] bytesAt(long offset, int length) {
    byte[] bytes = new byte[(int) Math.min(length, Math.max(0, sizeBytes - offset))];
    for (int i = 0; i < bytes.length && offset + i < start.length; i++) {
      bytes[i] = start[(int) offset + i];
    }
    return bytes;
  }

  /** Makes cachestat(2) return zeros, as on overlayfs (measured, 6.18). */
  public synchronized FakeFile onOverlay() {
    return on(FileSystemType.OVERLAY);
  }

  /** Sets the type of its filesystem; the default is ext4. */
  public synchronized FakeFile on(FileSystemType type) {
    fileSystem = type;
    return this;
  }

  /** Makes it one hole; later writes add data. */
  public synchronized FakeFile sparse() {
    sparse = true;
    return this;
  }

  /** Replaces a hole by data on the disk; no page becomes resident. */
  public synchronized FakeFile allocate(long offset, long length) {
    data.set(pageOf(offset), pageAfter(offset + length));
    return this;
  }

  /** Sets the inode's generation, which XFS requires. */
  public synchronized FakeFile generation(int number) {
    generation = number;
    return this;
  }

  public synchronized FakeFile resize(long bytes) {
    sizeBytes = bytes;
    int pages = Math.toIntExact((bytes + pageBytes - 1) / pageBytes);
    for (BitSet set : new BitSet[] {resident, dirty, writeback, mapped}) {
      set.clear(pages, Math.max(pages, set.length()));
    }
    return this;
  }

  /** Makes the pages of the range resident. */
  public synchronized FakeFile read(long offset, long length) {
    resident.set(pageOf(offset), pageAfter(offset + length));
    return this;
  }

  /** Makes the pages of the range resident and dirty. */
  public synchronized FakeFile write(long offset, long length) {
    read(offset, length);
    allocate(offset, length);
    dirty.set(pageOf(offset), pageAfter(offset + length));
    return this;
  }

  /** Makes the pages of the range resident and maps them, so that they are not evicted. */
  public synchronized FakeFile map(long offset, long length) {
    read(offset, length);
    mapped.set(pageOf(offset), pageAfter(offset + length));
    return this;
  }

  /** Ends every mapping. */
  public synchronized FakeFile unmap() {
    mapped.clear();
    return this;
  }

  /** Writes all dirty pages, as the kernel does after 30 s. */
  public synchronized FakeFile writeDirty() {
    dirty.clear();
    return finishWriteback();
  }

  /** Completes writeback. */
  public synchronized FakeFile finishWriteback() {
    writeback.clear();
    return this;
  }

  public synchronized long sizeBytes() {
    return sizeBytes;
  }

  public synchronized long residentBytes() {
    return (long) resident.cardinality() * pageBytes;
  }

  public synchronized long dirtyBytes() {
    return (long) dirty.cardinality() * pageBytes;
  }

  synchronized FileStat stat() {
    return new FileStat(identity, kind.mode, ownerId, sizeBytes);
  }

  Kind kind() {
    return kind;
  }

  synchronized FileSystemType fileSystem() {
    return fileSystem;
  }

  synchronized int generation() {
    return generation;
  }

  synchronized boolean isOwnerMapped() {
    return ownerMapped;
  }

  synchronized boolean mayWrite(int userId) {
    return writable || userId == ownerId;
  }

  /** All pages of the file in the range. */
  synchronized BitSet allPages(long offset, long length) {
    BitSet pages = new BitSet();
    long end = Math.min(offset + length, sizeBytes);
    pages.set(0, Math.max(0, pageAfter(end) - pageOf(offset)));
    return pages;
  }

  synchronized BitSet residentPages(long offset, long length) {
    return resident.get(pageOf(offset), pageAfter(offset + length));
  }

  synchronized int countResident(long offset, long length) {
    return Math.toIntExact(countIn(resident, pageOf(offset), pageAfter(offset + length)));
  }

  /** The position of the next data at the offset or after it; -1 if there is none. */
  synchronized long nextData(long offset) {
    if (offset >= sizeBytes) {
      return -1;
    }
    if (!sparse) {
      return offset;
    }
    int page = data.nextSetBit(pageOf(offset));
    return page < 0 ? -1 : Math.max(offset, (long) page * pageBytes);
  }

  synchronized CacheStat count(long offset, long length) {
    int from = pageOf(offset);
    int to = length == 0 ? Integer.MAX_VALUE : pageAfter(offset + length);
    return new CacheStat(
        countIn(resident, from, to), countIn(dirty, from, to), countIn(writeback, from, to));
  }

  /**
   * POSIX_FADV_DONTNEED as before 4.15, the strictest: rounds the range inwards, a partial last
   * page included. Starts writeback of dirty pages, which the next call completes.
   */
  synchronized void dontNeed(long offset, long length) {
    finishWriteback();
    int from = pageAfter(offset);
    int to = length == 0 ? resident.length() : pageOf(offset + length);
    for (int page = dirty.nextSetBit(pageOf(offset));
        page >= 0 && (length == 0 || page < pageAfter(offset + length));
        page = dirty.nextSetBit(page + 1)) {
      dirty.clear(page);
      writeback.set(page);
    }
    for (int page = resident.nextSetBit(from);
        page >= 0 && page < to;
        page = resident.nextSetBit(page + 1)) {
      if (!writeback.get(page) && !mapped.get(page)) {
        resident.clear(page);
      }
    }
  }

  private static long countIn(BitSet pages, int from, int to) {
    return pages.get(from, to).cardinality();
  }

  private int pageOf(long offset) {
    return (int) Math.min(Integer.MAX_VALUE, offset / pageBytes);
  }

  /** The first page that begins at the offset or after it. */
  private int pageAfter(long offset) {
    return (int) Math.min(Integer.MAX_VALUE, (offset + pageBytes - 1) / pageBytes);
  }
}
