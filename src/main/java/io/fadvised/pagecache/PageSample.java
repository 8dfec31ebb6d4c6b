package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Follows pages of a file that were evicted and become resident again, in 16 stretches drawn at
 * random from the evicted ranges. The kernel does not count them: POSIX_FADV_DONTNEED leaves no
 * shadow entries (mm/truncate.c), so evicted pages that are read back are no refaults.
 *
 * <p>All stretches are drawn at one eviction, and all of them again once they have become old,
 * quiet or too few for the evicted bytes. Replacing only quiet stretches would bias the sample
 * towards places with many returns.
 *
 * <p>A measurement costs 16 calls of mincore(2) of 15 µs each, and so does an eviction; the memory
 * is 2 KiB. Owned by one thread.
 */
public final class PageSample {
  private static final int STRETCHES = 16;

  private static final long STRETCH_BYTES = 1L << 20;

  /** With fewer pages, each would stand for more than a thirtieth of the released bytes. */
  private static final int MIN_GONE_PAGES = 32;

  /** After this many measurements without a return a stretch is quiet. */
  private static final int QUIET_MEASUREMENTS = 8;

  /** Half a minute of evictions, in which the pages in use change. */
  private static final int MAX_EVICTIONS = 32;

  /** The stretches do not represent an eviction larger than theirs by this factor. */
  private static final int OUTGROWN_FACTOR = 4;

  private final SplittableRandom random;
  private final List<Stretch> stretches = new ArrayList<>();

  /** Released bytes that each page of the sample stands for; 0 while unknown. */
  private double bytesPerPage;

  private long gonePages;
  private long releasedBytes;
  private int evictions;
  private boolean outgrown;

  /**
   * Makes an empty sample.
   *
   * @param seed makes the choice of stretches repeatable
   */
  public PageSample(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Measures which pages have returned since the last measurement or eviction. */
  public Returned measure(Kernel kernel, OpenFile file) throws KernelException {
    Returned returned = Returned.NOTHING;
    for (Stretch stretch : stretches) {
      returned =
          returned.plus(
              stretch.update(pages(kernel, file, stretch.range), bytesPerPage, kernel.pageBytes()));
    }
    return returned;
  }

  /**
   * Remembers the pages that the last measurement found returned: their next return is a repeat.
   */
  public void rememberReturns() {
    stretches.forEach(stretch -> stretch.returnedBefore.or(stretch.justReturned));
  }

  /**
   * Records the pages that are about to be evicted, just after a measurement.
   *
   * @param parts the ranges to be advised
   */
  public void beforeEviction(Kernel kernel, OpenFile file, List<ByteRange> parts)
      throws KernelException {
    if (isWornOut()) {
      clear();
    }
    if (stretches.isEmpty()) {
      for (int draw = 0; draw < STRETCHES; draw++) {
        Optional<ByteRange> drawn = draw(parts, draw);
        if (drawn.isPresent()) {
          stretches.add(new Stretch(drawn.get(), pages(kernel, file, drawn.get())));
        }
      }
    }
  }

  /** Records which pages are resident before an eviction that was cut short continues. */
  public void refresh(Kernel kernel, OpenFile file) throws KernelException {
    for (Stretch stretch : stretches) {
      stretch.present = pages(kernel, file, stretch.range);
    }
  }

  private boolean isWornOut() {
    long quiet =
        stretches.stream()
            .filter(stretch -> stretch.quietMeasurements >= QUIET_MEASUREMENTS)
            .count();
    return outgrown || evictions >= MAX_EVICTIONS || 2 * quiet >= stretches.size();
  }

  /**
   * Records which pages of the sample are gone. Each stands for its share of the released bytes,
   * not of the advised ranges, most of which may have been empty.
   *
   * @param bytes released, over all parts
   */
  public void afterEviction(Kernel kernel, OpenFile file, long bytes) throws KernelException {
    evictions++;
    int gone = 0;
    for (Stretch stretch : stretches) {
      gone += stretch.evicted(pages(kernel, file, stretch.range));
    }
    if (bytesPerPage == 0) {
      weigh(gone, bytes, kernel.pageBytes());
    } else {
      outgrown = bytes > OUTGROWN_FACTOR * releasedBytes;
    }
  }

  /** Any number of gone pages is enough if the stretches cover all evicted pages. */
  private void weigh(int gone, long bytes, int pageBytes) {
    gonePages += gone;
    releasedBytes += bytes;
    boolean areAll = gonePages * pageBytes >= releasedBytes;
    if (gonePages > 0 && (gonePages >= MIN_GONE_PAGES || areAll)) {
      bytesPerPage = (double) releasedBytes / gonePages;
    }
  }

  /** Forgets which pages have returned before: the kernel would not have kept them this long. */
  public void forgetReturns() {
    stretches.forEach(stretch -> stretch.returnedBefore.clear());
  }

  public void clear() {
    stretches.clear();
    bytesPerPage = 0;
    gonePages = 0;
    releasedBytes = 0;
    evictions = 0;
    outgrown = false;
  }

  private static BitSet pages(Kernel kernel, OpenFile file, ByteRange range)
      throws KernelException {
    return kernel.residentPages(file, range.offset(), range.length());
  }

  /**
   * Draws a stretch from a sixteenth of the parts, each with equal probability; empty if the sample
   * has it already.
   */
  private Optional<ByteRange> draw(List<ByteRange> parts, int sixteenth) {
    long total = parts.stream().mapToLong(ByteRange::length).sum();
    long at = (long) (total * ((sixteenth + random.nextDouble()) / STRETCHES));
    for (ByteRange part : parts) {
      if (at < part.length()) {
        ByteRange drawn = part.around(part.offset() + at, STRETCH_BYTES);
        return stretches.stream().anyMatch(known -> known.range.equals(drawn))
            ? Optional.empty()
            : Optional.of(drawn);
      }
      at -= part.length();
    }
    return Optional.empty();
  }

  /** One stretch, a bit for each page. */
  private static final class Stretch {
    final ByteRange range;

    /** Resident at the last measurement. */
    BitSet present;

    /** Evicted by us and not resident since. */
    final BitSet out = new BitSet();

    /** Returned since the last measurement. */
    BitSet justReturned = new BitSet();

    /** Returned earlier, at any measurement that was remembered. */
    final BitSet returnedBefore = new BitSet();

    int quietMeasurements;

    Stretch(ByteRange range, BitSet present) {
      this.range = range;
      this.present = present;
    }

    Returned update(BitSet now, double bytesPerPage, int pageBytes) {
      int followed = union(out, returnedBefore).cardinality();
      int before = returnedBefore.cardinality();
      present = now;
      BitSet returned = intersection(out, now);
      BitSet repeated = intersection(returned, returnedBefore);
      out.andNot(now);
      justReturned = returned;
      int count = returned.cardinality();
      quietMeasurements = count == 0 ? quietMeasurements + 1 : 0;
      double expected = followed == 0 ? 0 : (double) count * before / followed;
      long bytes = Math.round(count * bytesPerPage);
      long unseen = Math.max(0, bytes - (long) count * pageBytes);
      return new Returned(bytes, unseen, count, repeated.cardinality(), expected);
    }

    /** Returns the number of pages that are gone. */
    int evicted(BitSet now) {
      present.andNot(now);
      out.or(present);
      return present.cardinality();
    }

    private static BitSet union(BitSet a, BitSet b) {
      BitSet result = (BitSet) a.clone();
      result.or(b);
      return result;
    }

    private static BitSet intersection(BitSet a, BitSet b) {
      BitSet result = (BitSet) a.clone();
      result.and(b);
      return result;
    }
  }
}
