package io.fadvised.simulation;

/** Storage of a program. It is read and written by chunks; each method returns its time in ns. */
interface Storage {
  /** Returned if a write has to wait because too many bytes are dirty. */
  long THROTTLED = -1;

  long chunks();

  /** Reads a chunk in random blocks, or in sequence. */
  long read(long chunk, boolean inSequence);

  /** Writes a chunk block by block; may return {@link #THROTTLED}. */
  long write(long chunk);

  /** Writes a chunk with fsync(2) after each block. */
  long writeSafely(long chunk);

  /** Returns files on a loop device, through the page cache of its filesystem. */
  static Storage buffered(Machine machine, SimulatedLoop loop) {
    return new BufferedOnLoop(machine, loop);
  }

  /** Returns files on a loop device, read with O_DIRECT: the lower copy is the only one. */
  static Storage direct(SimulatedLoop loop) {
    return new DirectOnLoop(loop);
  }

  /** Returns a file that is neither on a loop device nor behind one. */
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
      PageCache.Miss miss = machine.cache().add(loop.upper(), chunk);
      long reading = loop.read(chunk, inSequence);
      machine.waited(miss, reading);
      return copying + reading;
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
