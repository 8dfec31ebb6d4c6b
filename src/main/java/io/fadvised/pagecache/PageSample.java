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
 * Which pages of a file come back after they were evicted, followed page by page in a few stretches
 * drawn at random from what is evicted. They are drawn all at one eviction, and all anew when they
 * have become old, quiet or too few for what is evicted by then: if only those were replaced that
 * nothing comes back to, the others would be found more and more where much comes back. The kernel
 * does not tell: POSIX_FADV_DONTNEED leaves no shadow entries (mm/truncate.c), so its refault
 * counters stay blind to what comes back.
 *
 * <p>A look costs 16 calls of mincore(2) of 15 µs each, and so does an eviction; the memory is 2
 * KiB. Owned by one thread.
 */
public final class PageSample {
  private static final int STRETCHES = 16;

  private static final long STRETCH_BYTES = 1L << 20;

  /** One page of fewer would stand for more than a thirtieth of what left, which is no estimate. */
  private static final int LEAST_TELLING_PAGES = 32;

  /** After so many looks without any return a stretch is quiet. */
  private static final int QUIET_LOOKS = 8;

  /** What is read and written changes in half a minute of evictions. */
  private static final int MOST_EVICTIONS = 32;

  /** An eviction of so many times as much is not what the stretches were drawn from. */
  private static final int OUTGROWN = 4;

  private final SplittableRandom random;
  private final List<Stretch> stretches = new ArrayList<>();

  /** What each page that is out stands for; 0 as long as that is not known. */
  private double bytesPerPage;

  private long gonePages;
  private long releasedBytes;
  private int evictions;
  private boolean outgrown;

  /**
   * An empty sample.
   *
   * @param seed makes the choice of stretches repeatable
   */
  public PageSample(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Looks what has come back since the last look or eviction. */
  public Returned look(Kernel kernel, OpenFile file) throws KernelException {
    Returned returned = Returned.NOTHING;
    for (Stretch stretch : stretches) {
      returned =
          returned.plus(
              stretch.look(pages(kernel, file, stretch.range), bytesPerPage, kernel.pageBytes()));
    }
    return returned;
  }

  /** Remembers what the last look saw come back: if it comes back once more, that is a repeat. */
  public void rememberReturns() {
    stretches.forEach(stretch -> stretch.back.or(stretch.justBack));
  }

  /**
   * Takes note of the pages that are about to be evicted, just after a look.
   *
   * @param parts what is going to be advised
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

  /** Reads which pages are resident, where an eviction goes on that was cut short. */
  public void refresh(Kernel kernel, OpenFile file) throws KernelException {
    for (Stretch stretch : stretches) {
      stretch.present = pages(kernel, file, stretch.range);
    }
  }

  private boolean isWornOut() {
    long quiet = stretches.stream().filter(stretch -> stretch.quietLooks >= QUIET_LOOKS).count();
    return outgrown || evictions >= MOST_EVICTIONS || 2 * quiet >= stretches.size();
  }

  /**
   * Takes note of which of them are gone: each stands for its share of all that left. The advised
   * parts are no measure for that, since most of them may have been empty.
   *
   * @param bytes seen to leave, of all parts
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
      outgrown = bytes > OUTGROWN * releasedBytes;
    }
  }

  /** Once enough have left; where the stretches are all that there was, any number is enough. */
  private void weigh(int gone, long bytes, int pageBytes) {
    gonePages += gone;
    releasedBytes += bytes;
    boolean areAll = gonePages * pageBytes >= releasedBytes;
    if (gonePages > 0 && (gonePages >= LEAST_TELLING_PAGES || areAll)) {
      bytesPerPage = (double) releasedBytes / gonePages;
    }
  }

  /** Forgets which pages have come back before: the kernel would not have kept them for so long. */
  public void forgetReturns() {
    stretches.forEach(stretch -> stretch.back.clear());
  }

  /** Forgets everything. */
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
   * A stretch from that sixteenth of the parts, every one as likely; empty if it is in the sample
   * already.
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

    /** Resident at the last look. */
    BitSet present;

    /** Evicted by us and not come back. */
    final BitSet out = new BitSet();

    /** Come back since the last look. */
    BitSet justBack = new BitSet();

    /** Come back earlier, at any look that was to be remembered. */
    final BitSet back = new BitSet();

    int quietLooks;

    Stretch(ByteRange range, BitSet present) {
      this.range = range;
      this.present = present;
    }

    Returned look(BitSet now, double bytesPerPage, int pageBytes) {
      int followed = union(out, back).cardinality();
      int before = back.cardinality();
      present = now;
      BitSet returned = intersection(out, now);
      BitSet repeated = intersection(returned, back);
      out.andNot(now);
      justBack = returned;
      int count = returned.cardinality();
      quietLooks = count == 0 ? quietLooks + 1 : 0;
      double expected = followed == 0 ? 0 : (double) count * before / followed;
      long bytes = Math.round(count * bytesPerPage);
      long unseen = Math.max(0, bytes - (long) count * pageBytes);
      return new Returned(bytes, unseen, count, repeated.cardinality(), expected);
    }

    /** How many pages are gone. */
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
