package io.fadvised.simulation;

/** What a program reads and writes, chunk by chunk. Each method returns how long it takes. */
interface Storage {
  /** A write that cannot begin yet: too much is dirty. */
  long THROTTLED = -1;

  long chunks();

  /** Reads a chunk in blocks here and there, or in one go. */
  long read(long chunk, boolean inSequence);

  /** Writes a chunk block by block, or {@link #THROTTLED}. */
  long write(long chunk);

  /** Writes a chunk block by block, and has each made safe: fsync(2). */
  long writeSafely(long chunk);

  /** Files on a loop device, through the page cache of its filesystem. */
  static Storage buffered(Machine machine, SimulatedLoop loop) {
    return new BufferedOnLoop(machine, loop);
  }

  /** Files on a loop device, read with O_DIRECT: the lower copy is the only one. */
  static Storage direct(SimulatedLoop loop) {
    return new DirectOnLoop(loop);
  }

  /** A file that no loop device has to do with. */
  static Storage plain(Machine machine, CachedFile file) {
    return new PlainFile(machine, file);
  }

  /** See {@link #buffered}. */
  record BufferedOnLoop(Machine machine, SimulatedLoop loop) implements Storage {
    @Override
    public long chunks() {
      return loop.upper().chunks();
    }

    @Override
    public long read(long chunk, boolean inSequence) {
      long copying = machine.useCpu(Hardware.READ_NANOS);
      if (machine.cache().read(loop.upper(), chunk)) {
        return copying;
      }
      boolean missed = machine.cache().add(loop.upper(), chunk);
      long below = loop.read(chunk, inSequence);
      if (missed) {
        machine.memoryStalls().waited(below);
      }
      return copying + below;
    }

    @Override
    public long write(long chunk) {
      return machine.writeCached(loop.upper(), chunk, PageCache.UPPER);
    }

    @Override
    public long writeSafely(long chunk) {
      machine.cache().writeThrough(loop.upper(), chunk);
      return loop.writeSafely(chunk);
    }
  }

  /** See {@link #direct}. */
  record DirectOnLoop(SimulatedLoop loop) implements Storage {
    @Override
    public long chunks() {
      return loop.upper().chunks();
    }

    @Override
    public long read(long chunk, boolean inSequence) {
      return loop.read(chunk, inSequence);
    }

    @Override
    public long write(long chunk) {
      throw new UnsupportedOperationException("only reads with O_DIRECT");
    }

    @Override
    public long writeSafely(long chunk) {
      return write(chunk);
    }
  }

  /** See {@link #plain}. */
  record PlainFile(Machine machine, CachedFile file) implements Storage {
    @Override
    public long chunks() {
      return file.chunks();
    }

    @Override
    public long read(long chunk, boolean inSequence) {
      return machine.useCpu(Hardware.READ_NANOS) + machine.readCached(file, chunk, inSequence);
    }

    @Override
    public long write(long chunk) {
      return machine.writeCached(file, chunk, PageCache.LOWER);
    }

    @Override
    public long writeSafely(long chunk) {
      machine.cache().writeThrough(file, chunk);
      return machine.writeSafely();
    }
  }
}
