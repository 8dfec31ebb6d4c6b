package io.fadvised.pagecache;

import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.OpenFile;
import java.util.List;

/**
 * One look at a file by mincore(2) that keeps to its time. What does not fit into it is estimated
 * from a sample:
 *
 * <ul>
 *   <li>Holes are found first ({@link DataMap}); what lies in them is hardly ever resident.
 *   <li>If there is time to count all data, it is counted. Otherwise pieces of 64 KiB are drawn
 *       from it at random, and {@link Sample} estimates the whole and its error.
 *   <li>The holes are sampled with an eighth of the time: who reads a hole makes pages of zeros
 *       resident that SEEK_DATA does not show.
 *   <li>Another eighth goes to what comes next in its turn, which is counted: so, look by look,
 *       every page of the file is.
 * </ul>
 *
 * <p>Where sampled pieces were resident their whole windows are told as regions; on a kernel that
 * must be advised only what is known to be resident, the fullest of these windows are counted.
 *
 * <p>A sample is of 16 pages, because a call of mincore for one page takes 1.3 µs and for 16 of
 * them 1.6 to 1.9 µs (measured, 6.18). It is drawn anew at each look: how old what was seen before
 * is, and what has happened since, makes no estimate wrong.
 */
final class MincoreSurvey implements ResidencyProbe {
  private static final int PIECE_BYTES = 64 << 10;

  /** What evicting a clean page costs (measured, 6.18): knowing of it should not cost more. */
  private static final int EVICTION_NANOS_PER_PAGE = 30;

  private final Kernel kernel;
  private final Look look;
  private final LookMemory memory;
  private final MincoreProbe mincore;
  private SurveyFindings findings = new SurveyFindings();

  MincoreSurvey(Kernel kernel, Look look) {
    this.kernel = kernel;
    this.look = look;
    memory = look.memory();
    mincore = new MincoreProbe(kernel);
  }

  @Override
  public String name() {
    return "mincore";
  }

  @Override
  public ResidencyMap measure(OpenFile file, ByteRange range) throws KernelException {
    TimeLimit limit = look.begin();
    try {
      findings = new SurveyFindings();
      survey(file, range, limit);
      return new ResidencyMap(
          findings.total(),
          kernel.adviceDrainsAtHoles() ? findings.countedRegions() : findings.allRegions(range));
    } finally {
      look.spend(limit);
    }
  }

  /** After a measurement: counts again where something was found. */
  @Override
  public Residency total(OpenFile file, ByteRange range) throws KernelException {
    TimeLimit begun = look.begin();
    try {
      Residency total = recount(file, findings.counted());
      for (Stratum stratum : findings.sampled()) {
        boolean sampleTells = findings.located().isEmpty();
        total = total.plus(sampleTells ? lookAgain(file, stratum) : stratum.residency());
      }
      return total.with(SurveyFindings.sum(findings.located()), recount(file, findings.located()));
    } finally {
      look.spend(begun);
    }
  }

  private void survey(OpenFile file, ByteRange range, TimeLimit limit) throws KernelException {
    Stretches data = DataMap.of(kernel, file, range, limit.within(limit.leftNanos() / 4));
    Stretches holes = Stretches.of(range).without(data);
    long eighth = limit.leftNanos() / 8;
    long nanosForData = holes.isEmpty() ? limit.leftNanos() : 6 * eighth;
    boolean countsData = memory.nanosFor(pages(data.bytes())) <= nanosForData;
    Stretches turn = takeTurn(file, countsData ? holes : Stretches.of(range), eighth);
    data = data.without(turn);
    holes = holes.without(turn);
    if (countsData) {
      data = count(file, data, limit.within(nanosForData), findings.counted());
    }
    long forLocating = kernel.adviceDrainsAtHoles() ? 2 * eighth : 0;
    TimeLimit forData = limit.within(5 * eighth - forLocating);
    findings.sampled().add(sample(file, data, forData, 2 * eighth));
    TimeLimit forHoles = limit.within(limit.leftNanos() - forLocating);
    Stratum ofHoles = sample(file, holes, forHoles, eighth);
    long error = memory.errorInHoles(ofHoles.sample(), holes.bytes(), look.addedBytes());
    findings.sampled().add(ofHoles.withErrorAtMost(error));
    if (forLocating > 0) {
      locate(file, range, limit.within(forLocating));
    }
  }

  /** Counts what comes next. */
  private Stretches takeTurn(OpenFile file, Stretches stretches, long nanos)
      throws KernelException {
    ByteRange next = stretches.from(memory.cursor()).orElse(new ByteRange(0, 0));
    Stretches turn =
        Stretches.of(next.within(next.offset() + Math.max(REGION_BYTES, affordable(nanos))));
    for (ByteRange part : turn.ranges()) {
      for (long index = 0; index < Windows.countOf(part); index++) {
        countPart(file, Windows.at(part, index), findings.counted());
      }
      memory.moveCursor(part.end());
    }
    return turn;
  }

  /** Counts from the beginning on; what there was no time for. */
  private Stretches count(OpenFile file, Stretches stretches, TimeLimit limit, List<Region> regions)
      throws KernelException {
    for (ByteRange stretch : stretches.ranges()) {
      for (long next = stretch.offset(); next < stretch.end(); ) {
        long length = Math.min(stretch.end() - next, affordable(limit.leftNanos()));
        if (length == 0) {
          return stretches.without(new ByteRange(0, next));
        }
        ByteRange part = Windows.at(new ByteRange(next, length), 0);
        countPart(file, part, regions);
        next = part.end();
      }
    }
    return Stretches.NONE;
  }

  private void countPart(OpenFile file, ByteRange part, List<Region> regions)
      throws KernelException {
    TimeLimit begun = look.begin();
    mincore.addResident(file, part, regions);
    memory.learn(pages(part.length()), begun.spentNanos());
  }

  /** How much can be counted in a time, in whole regions; the very first time one is tried. */
  private long affordable(long nanos) {
    long regions = (long) (nanos / memory.nanosFor(pages(REGION_BYTES)));
    return REGION_BYTES * (memory.hasLearnt() ? regions : Math.min(1, regions));
  }

  private Stratum sample(OpenFile file, Stretches stretches, TimeLimit limit, long leastNanos)
      throws KernelException {
    Sampler sampler =
        new Sampler(
            (opened, offsets) -> kernel.residentPages(opened, offsets, PIECE_BYTES),
            PIECE_BYTES,
            kernel.pageBytes(),
            memory.random());
    sampler.draw(file, stretches, limit, leastNanos, EVICTION_NANOS_PER_PAGE);
    return sampler.stratum(stretches);
  }

  /** Counts the windows that seem to be the fullest. */
  private void locate(OpenFile file, ByteRange range, TimeLimit limit) throws KernelException {
    for (Region window : findings.fullestWindows(range)) {
      Stretches left = Stretches.of(window.range());
      for (Region counted : findings.counted()) {
        left = left.without(counted.range());
      }
      if (!count(file, left, limit, findings.located()).isEmpty()) {
        return;
      }
    }
  }

  private Residency recount(OpenFile file, List<Region> regions) throws KernelException {
    Residency sum = Residency.ofResident(0);
    for (Region region : regions) {
      sum = sum.plus(mincore.residencyOf(file, region.range()));
    }
    return sum;
  }

  /** At the same pieces: only what has left since makes a difference. */
  private Residency lookAgain(OpenFile file, Stratum stratum) throws KernelException {
    long[] offsets = stratum.hits().stream().mapToLong(Sampler.Hit::offset).sorted().toArray();
    Sample now = new Sample(stratum.sample().pieces() - offsets.length, 0, 0);
    for (int pages : kernel.residentPages(file, offsets, PIECE_BYTES)) {
      now = now.plus((double) pages * kernel.pageBytes() / PIECE_BYTES);
    }
    return stratum.residencyBy(now);
  }

  private long pages(long bytes) {
    return bytes / kernel.pageBytes();
  }
}
