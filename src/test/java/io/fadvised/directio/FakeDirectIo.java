package io.fadvised.directio;

import io.fadvised.linux.KernelException;
import io.fadvised.loop.BackingFile;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.RequestCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Direct I/O with a configurable diagnosis; the default is that the kernel has none. */
public final class FakeDirectIo implements LoopDirectIo {
  private final List<String> calls = new ArrayList<>();
  private Diagnosis diagnosis = new Diagnosis(Cause.KERNEL, "no direct I/O here", false, List.of());
  private Optional<KernelException> refusal = Optional.empty();
  private Optional<RequestCounters> requests = Optional.empty();
  private BiConsumer<String, Boolean> switched = (device, on) -> {};
  private BiConsumer<String, Integer> fitted = (device, sectorBytes) -> {};
  private Fit fit = new Fit(Fit.State.NEVER, 512, "the sectors stay");
  private Fit check = new Fit(Fit.State.LATER, 4096, "");
  private int diagnoses;

  /** Sets the result of every diagnosis. */
  public void diagnoses(Cause cause, String words, String... commands) {
    diagnosis =
        new Diagnosis(
            cause,
            words,
            false,
            Stream.of(commands).map(FakeDirectIo::step).toList(),
            List.of(),
            List.of());
  }

  private static CureStep step(String command) {
    return new CureStep(
        CureStep.Action.ENABLE_DIRECT_IO, List.of(command.split(" ", -1)), List.of());
  }

  /** Makes every switch fail. */
  public void refuses(KernelException why) {
    refusal = Optional.of(why);
  }

  /** Sets the requests so far of every device; unknown by default. */
  public void counts(RequestCounters now) {
    requests = Optional.of(now);
  }

  /** Sets a listener for successful switches. */
  public void onSwitch(BiConsumer<String, Boolean> listener) {
    switched = listener;
  }

  /** Sets the result of every attempt to set the sectors. */
  public void fits(Fit.State state, int sectorBytes, String words) {
    fit = new Fit(state, sectorBytes, words);
  }

  /** Sets the result of every check of the contents. */
  public void checks(Fit.State state, int sectorBytes, String words) {
    check = new Fit(state, sectorBytes, words);
  }

  /** Sets a listener for changes of the sectors. */
  public void onFit(BiConsumer<String, Integer> listener) {
    fitted = listener;
  }

  /** All attempted switches, such as "loop3 on". */
  public List<String> calls() {
    return calls;
  }

  /** Returns the number of diagnoses. */
  public int diagnoses() {
    return diagnoses;
  }

  @Override
  public Diagnosis diagnose(LoopDevice device, BackingFile backing, OptionalLong residentBytes) {
    diagnoses++;
    return diagnosis;
  }

  @Override
  public Fit fit(LoopDevice device, BackingFile backing, boolean idle, boolean changes)
      throws KernelException {
    calls.add(device.name() + (idle ? " fit idle" : " fit") + (changes ? "" : " dry"));
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    if (fit.state() == Fit.State.DONE) {
      fitted.accept(device.name(), fit.sectorBytes());
      switched.accept(device.name(), true);
    }
    return fit;
  }

  @Override
  public Fit check(LoopDevice device, BackingFile backing) {
    calls.add(device.name() + " check");
    if (check.state() == Fit.State.NEVER) {
      fitted.accept(device.name(), check.sectorBytes());
      switched.accept(device.name(), false);
    }
    return check;
  }

  @Override
  public Optional<RequestCounters> requests(LoopDevice device) {
    return requests;
  }

  @Override
  public void set(LoopDevice device, BackingFile backing, boolean on) throws KernelException {
    calls.add(device.name() + (on ? " on" : " off"));
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    switched.accept(device.name(), on);
  }
}
