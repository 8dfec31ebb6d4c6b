package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A kernel in memory: files with their pages, loop devices, and a record of every call.
 *
 * <p>Paths are text, one char for each byte. Calls are named after their manual pages; {@code open}
 * is split into {@code locate}, {@code openDirectory}, {@code openLoopDevice} and {@code
 * openLocated}. Thread-safe, so that a test can inspect calls of another thread.
 */
public final class FakeKernel implements Kernel {
  /** The size of a page, unless {@link #withPages} sets another. */
  public static final int PAGE_BYTES = 4096;

  private static final long CAP_SYS_ADMIN = 1L << 21;

  /** root in the initial user namespace, with every capability. */
  public static final Credentials ROOT = new Credentials(0, -1L, true);

  /** An ordinary user. */
  public static final Credentials USER = new Credentials(1000, 0, true);

  /**
   * A call that was made.
   *
   * @param name the manual page's name, except for the parts of {@code open}
   * @param target the path, the device's name, or the file's identity
   * @param offset 0 for calls without one
   * @param length 0 for calls without one
   */
  public record Call(String name, String target, long offset, long length) {}

  /** Runs before a call; may change files and devices, or fail the call. */
  @FunctionalInterface
  public interface Hook {
    void before(Call call) throws KernelException;
  }

  private record LoopDevice(FileIdentity backing, boolean backedByBlockDevice) {}

  /** An open file, or an open loop device by its name, with the thread that opened it. */
  private record Descriptor(Optional<FakeFile> file, String target, String path, Thread owner) {}

  private final Map<String, FakeFile> byPath = new ConcurrentHashMap<>();
  private final Map<FileIdentity, FakeFile> byIdentity = new ConcurrentHashMap<>();
  private final Map<String, Optional<LoopDevice>> loops = new ConcurrentHashMap<>();
  private final Map<Integer, Descriptor> open = new ConcurrentHashMap<>();
  private final Map<String, Hook> hooks = new ConcurrentHashMap<>();
  private final List<Call> calls = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger nextDescriptor = new AtomicInteger(3);
  private volatile Credentials credentials = ROOT;
  private volatile boolean asksForData = true;
  private volatile int pageBytes = PAGE_BYTES;

  // -- files and devices -------------------------------------------------------------------------

  public FakeKernel runAs(Credentials who) {
    credentials = who;
    return this;
  }

  /** Sets the size of a page, before there is a file. On arm64 it is 4, 16 or 64 KiB. */
  public FakeKernel withPages(int bytes) {
    pageBytes = bytes;
    return this;
  }

  /** Disables SEEK_DATA, as on network filesystems or before 4.6. */
  public FakeKernel withoutSeekingData() {
    asksForData = false;
    return this;
  }

  /** Creates a regular file at a path; an earlier file of that path keeps its identity. */
  public FakeFile file(String path, FileIdentity identity, long sizeBytes) {
    return file(path, identity, FakeFile.Kind.REGULAR, sizeBytes);
  }

  public FakeFile file(String path, FileIdentity identity, FakeFile.Kind kind, long sizeBytes) {
    FakeFile made = new FakeFile(identity, kind, sizeBytes, pageBytes);
    byIdentity.put(identity, made);
    byPath.put(path, made);
    return made;
  }

  /** Creates a directory at which a filesystem is mounted. */
  public FakeFile mountPoint(String path, long device) {
    return file(path, new FileIdentity(device, 2), FakeFile.Kind.DIRECTORY, 4096);
  }

  /** Adds a name. */
  public void link(FakeFile file, String path) {
    byPath.put(path, file);
  }

  /** Removes a name. The file remains, as it does while a loop device holds it. */
  public void unlink(String path) {
    byPath.remove(path);
  }

  public void attach(String loop, FakeFile backing) {
    boolean block = backing.kind() == FakeFile.Kind.BLOCK_DEVICE;
    loops.put(loop, Optional.of(new LoopDevice(backing.identity(), block)));
  }

  public void detach(String loop) {
    loops.put(loop, Optional.empty());
  }

  // -- hooks and records -------------------------------------------------------------------------

  /** Runs the hook before each call of that name; replaces an earlier hook. */
  public void before(String call, Hook hook) {
    hooks.put(call, hook);
  }

  /** Runs something before the next call of that name only. */
  public void beforeNext(String name, Runnable what) {
    before(
        name,
        call -> {
          hooks.remove(name);
          what.run();
        });
  }

  /** Makes each call of that name fail. */
  public void fail(String name, Errno errno) {
    before(name, call -> fail(call, errno));
  }

  /** Makes each call of that name on one file fail. */
  public void fail(String name, FakeFile file, Errno errno) {
    before(
        name,
        call -> {
          if (call.target().equals(file.identity().toString())) {
            fail(call, errno);
          }
        });
  }

  /** Removes the hook: calls of that name succeed again. */
  public void mend(String name) {
    hooks.remove(name);
  }

  /** All calls so far. */
  public List<Call> calls() {
    synchronized (calls) {
      return List.copyOf(calls);
    }
  }

  /** All calls of one name so far. */
  public List<Call> calls(String name) {
    return calls().stream().filter(call -> call.name().equals(name)).toList();
  }

  public void forgetCalls() {
    calls.clear();
  }

  /** The number of open descriptors. */
  public int openDescriptors() {
    return open.size();
  }

  public static KernelException failure(String call, Errno errno) {
    int number =
        IntStream.range(1, 134).filter(n -> Errno.of(n) == errno).findFirst().orElseThrow();
    return new KernelException(call, number);
  }

  private static void fail(Call call, Errno errno) throws KernelException {
    throw failure(call.name(), errno);
  }

  // -- the calls ---------------------------------------------------------------------------------

  @Override
  public int pageBytes() {
    return pageBytes;
  }

  @Override
  public int onlineProcessors() {
    return 2;
  }

  @Override
  public Credentials credentials() {
    return credentials;
  }

  @Override
  public OpenFile locate(byte[] path) throws KernelException {
    String name = text(path);
    called("locate", name, 0, 0);
    return opened(fileAt("open", name), name);
  }

  @Override
  public OpenFile openDirectory(byte[] path) throws KernelException {
    String name = text(path);
    called("openDirectory", name, 0, 0);
    FakeFile file = fileAt("open", name);
    if (file.kind() != FakeFile.Kind.DIRECTORY) {
      throw failure("open", Errno.ENOTDIR);
    }
    return opened(file, name);
  }

  @Override
  public OpenFile openLoopDevice(byte[] path) throws KernelException {
    String name = text(path).substring(text(path).lastIndexOf('/') + 1);
    called("openLoopDevice", name, 0, 0);
    if (!loops.containsKey(name)) {
      throw failure("open", Errno.ENOENT);
    }
    return opened(Optional.empty(), name, name);
  }

  @Override
  public OpenFile locateByHandle(OpenFile mount, FileHandle handle) throws KernelException {
    FakeFile top = file(mount);
    FileIdentity identity = new FileIdentity(top.identity().device(), inodeOf(handle));
    called("open_by_handle_at", identity.toString(), 0, 0);
    if (!credentials.has(Credentials.Capability.CAP_DAC_READ_SEARCH)) {
      throw failure("open_by_handle_at", Errno.EPERM);
    }
    FakeFile found = byIdentity.get(identity);
    boolean same =
        found != null
            && (generationOf(handle).isEmpty() || generationOf(handle).get() == found.generation());
    if (!same) {
      throw failure("open_by_handle_at", Errno.ESTALE);
    }
    return opened(found, nameOf(found));
  }

  @Override
  public OpenFile openLocated(OpenFile located) throws KernelException {
    FakeFile file = file(located);
    called("openLocated", file.identity().toString(), 0, 0);
    if (file.kind() != FakeFile.Kind.REGULAR) {
      throw new IllegalStateException(
          "opened a " + file.kind() + ", which may block or have side effects");
    }
    return opened(file, descriptor(located).path());
  }

  @Override
  public FileStat stat(OpenFile file) throws KernelException {
    FakeFile opened = file(file);
    called("fstat", opened.identity().toString(), 0, 0);
    return opened.stat();
  }

  @Override
  public byte[] pathOf(OpenFile file) throws KernelException {
    Descriptor opened = descriptor(file);
    called("readlink", opened.target(), 0, 0);
    return opened.path().getBytes(ISO_8859_1);
  }

  @Override
  public FileSystemType fileSystemType(OpenFile file) throws KernelException {
    FakeFile opened = file(file);
    called("fstatfs", opened.identity().toString(), 0, 0);
    return opened.fileSystem();
  }

  @Override
  public boolean mayMeasure(OpenFile file) {
    return seesResidency(file(file));
  }

  @Override
  public BitSet residentPages(OpenFile file, long offset, long length) throws KernelException {
    FakeFile opened = file(file);
    called("mincore", opened.identity().toString(), offset, length);
    if (offset % pageBytes != 0 || length <= 0 || length > 1L << 30) {
      throw new IllegalArgumentException("window of " + length + " bytes at " + offset);
    }
    return seesResidency(opened)
        ? opened.residentPages(offset, length)
        : opened.allPages(offset, length);
  }

  /** Recorded as one call with the total length of the ranges. */
  @Override
  public int[] residentPages(OpenFile file, long[] offsets, int length) throws KernelException {
    FakeFile opened = file(file);
    int[] counts = new int[offsets.length];
    if (offsets.length > 0) {
      called("mincore", opened.identity().toString(), offsets[0], (long) length * offsets.length);
    }
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] % pageBytes != 0 || (i > 0 && offsets[i] < offsets[i - 1])) {
        throw new IllegalArgumentException("samples are not pages in order");
      }
      counts[i] =
          seesResidency(opened)
              ? opened.countResident(offsets[i], length)
              : opened.allPages(offsets[i], length).cardinality();
    }
    return counts;
  }

  @Override
  public boolean mayAskForData(OpenFile file) {
    return asksForData;
  }

  @Override
  public OptionalLong nextData(OpenFile file, long offset) throws KernelException {
    FakeFile opened = file(file);
    called("lseek", opened.identity().toString(), offset, 0);
    long found = opened.nextData(offset);
    return found < 0 ? OptionalLong.empty() : OptionalLong.of(found);
  }

  @Override
  public CacheStat cacheStat(OpenFile file, long offset, long length) throws KernelException {
    FakeFile opened = file(file);
    called("cachestat", opened.identity().toString(), offset, length);
    if (!seesResidency(opened)) {
      throw failure("cachestat", Errno.EPERM);
    }
    return opened.fileSystem().equals(FileSystemType.OVERLAY)
        ? new CacheStat(0, 0, 0)
        : opened.count(offset, length);
  }

  @Override
  public byte[] read(OpenFile file, long offset, int length) throws KernelException {
    FakeFile opened = file(file);
    called("pread", opened.identity().toString(), offset, length);
    return opened.bytesAt(offset, length);
  }

  @Override
  public void adviseDontNeed(OpenFile file, long offset, long length) throws KernelException {
    FakeFile opened = file(file);
    called("posix_fadvise", opened.identity().toString(), offset, length);
    opened.dontNeed(offset, length);
  }

  @Override
  public LoopStatus loopStatus(OpenFile loopDevice) throws KernelException {
    String name = descriptor(loopDevice).target();
    called("LOOP_GET_STATUS64", name, 0, 0);
    LoopDevice device =
        loops
            .getOrDefault(name, Optional.empty())
            .orElseThrow(() -> failure("LOOP_GET_STATUS64", Errno.ENXIO));
    return new LoopStatus(device.backing(), device.backedByBlockDevice());
  }

  @Override
  public int xfsGeneration(OpenFile mount, long inode) throws KernelException {
    FileIdentity identity = new FileIdentity(file(mount).identity().device(), inode);
    called("XFS_IOC_FSBULKSTAT_SINGLE", identity.toString(), 0, 0);
    if ((credentials.capabilities() & CAP_SYS_ADMIN) == 0) {
      throw failure("XFS_IOC_FSBULKSTAT_SINGLE", Errno.EPERM);
    }
    FakeFile found = byIdentity.get(identity);
    if (found == null) {
      throw failure("XFS_IOC_FSBULKSTAT_SINGLE", Errno.ENOENT);
    }
    return found.generation();
  }

  // -- inside ------------------------------------------------------------------------------------

  private void called(String name, String target, long offset, long length) throws KernelException {
    Call call = new Call(name, target, offset, length);
    calls.add(call);
    Hook hook = hooks.get(name);
    if (hook != null) {
      hook.before(call);
    }
  }

  /** mm/mincore.c from 5.2 on, mm/filemap.c from 6.14 on. */
  private boolean seesResidency(FakeFile file) {
    boolean isOwnerOrCapable =
        credentials.userId() == file.stat().ownerId()
            || credentials.has(Credentials.Capability.CAP_FOWNER);
    return (file.isOwnerMapped() && isOwnerOrCapable) || file.mayWrite(credentials.userId());
  }

  private FakeFile fileAt(String call, String path) throws KernelException {
    FakeFile file = byPath.get(path);
    if (file == null) {
      throw failure(call, Errno.ENOENT);
    }
    return file;
  }

  /**
   * A path of a file that was opened by handle: the first of its names, as the kernel picks one.
   */
  private String nameOf(FakeFile file) {
    return byPath.entrySet().stream()
        .filter(named -> named.getValue() == file)
        .map(Map.Entry::getKey)
        .min(Comparator.naturalOrder())
        .orElse("/gone (deleted)");
  }

  private OpenFile opened(FakeFile file, String path) {
    return opened(Optional.of(file), file.identity().toString(), path);
  }

  private OpenFile opened(Optional<FakeFile> file, String target, String path) {
    int number = nextDescriptor.getAndIncrement();
    open.put(number, new Descriptor(file, target, path, Thread.currentThread()));
    return new OpenFile(number, () -> open.remove(number));
  }

  private Descriptor descriptor(OpenFile file) {
    Descriptor descriptor = open.get(file.descriptor());
    if (descriptor.owner() != Thread.currentThread()) {
      throw new IllegalStateException(descriptor + " is used by " + Thread.currentThread());
    }
    return descriptor;
  }

  private FakeFile file(OpenFile file) {
    return descriptor(file).file().orElseThrow();
  }

  private static long inodeOf(FileHandle handle) {
    ByteBuffer encoded = fieldsOf(handle);
    return isXfs(handle) ? encoded.getLong(8) : encoded.getInt(8) & 0xffff_ffffL;
  }

  private static Optional<Integer> generationOf(FileHandle handle) {
    return isXfs(handle) ? Optional.of(fieldsOf(handle).getInt(16)) : Optional.empty();
  }

  private static boolean isXfs(FileHandle handle) {
    return fieldsOf(handle).getInt(4) == 0x81;
  }

  private static ByteBuffer fieldsOf(FileHandle handle) {
    return ByteBuffer.wrap(handle.encoded()).order(ByteOrder.nativeOrder());
  }

  private static String text(byte[] path) {
    return new String(path, ISO_8859_1);
  }
}
