package io.fadvised.cli.cure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cli.cure.CureRun.Outcome;
import io.fadvised.cli.cure.CureRun.Result;
import io.fadvised.cli.cure.FakeBench.Fault;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.Attachments;
import io.fadvised.directio.CureStep;
import io.fadvised.directio.DirectIoRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CureRunTest {
  private static final Attachment MOUNTED_TWICE =
      Attachments.buffered(
          Attachments.mount("/dev/loop3", "/srv/one"), Attachments.mount("/dev/loop3", "/srv/two"));

  private static final Attachment DETACHED_AT_UNMOUNT = detachedAtUnmount(MOUNTED_TWICE);

  private final List<String> log = new ArrayList<>();

  private static Attachment detachedAtUnmount(Attachment attachment) {
    return Attachments.attached(
        attachment.device(), true, List.of(), attachment.mounts().toArray(new Attachment.Mount[0]));
  }

  private static List<CureStep> steps(Attachment attachment) {
    return new DirectIoRule(
            attachment,
            Attachments.reported(4096),
            Optional.of(Attachments.EXT4),
            OptionalLong.of(64 * Attachments.MIB))
        .diagnose()
        .steps();
  }

  /** Returns the number of steps without which it is not cured. */
  private static int required(Attachment attachment) {
    return (int)
        steps(attachment).stream()
            .filter(
                step ->
                    step.action() != CureStep.Action.EVICT
                        && step.action() != CureStep.Action.DETACH_AT_UNMOUNT)
            .count();
  }

  private Outcome run(Attachment attachment, FakeBench bench) {
    return new CureRun(bench, attachment, log::add, Optional::empty).run(steps(attachment));
  }

  private static Stream<Attachment> attachments() {
    return Stream.of(MOUNTED_TWICE, DETACHED_AT_UNMOUNT, Attachments.buffered());
  }

  private static boolean isAsBefore(Attachment before, FakeBench bench) {
    Attachment now = bench.attachment().orElseThrow();
    return now.device().equals(before.device())
        && now.autoclear() == before.autoclear()
        && Set.copyOf(now.mounts()).equals(Set.copyOf(before.mounts()))
        && now.mounts().size() == before.mounts().size();
  }

  private static boolean isMountedWithDirectIo(Attachment before, FakeBench bench) {
    Attachment now = bench.attachment().orElseThrow();
    return now.device().hasDirectIo()
        && Set.copyOf(now.mounts()).equals(Set.copyOf(before.mounts()));
  }

  @ParameterizedTest
  @MethodSource("attachments")
  void allStepsSucceedAndTheMountsAreAsBefore(Attachment before) {
    FakeBench bench = new FakeBench(before);

    Outcome outcome = run(before, bench);

    assertThat(outcome).isEqualTo(new Outcome(Result.CURED, "", List.of()));
    assertThat(isMountedWithDirectIo(before, bench)).isTrue();
    Attachment now = bench.attachment().orElseThrow();
    assertThat(now.device().logicalBlockBytes()).isEqualTo(4096);
    assertThat(now.autoclear()).isEqualTo(before.autoclear());
    assertThat(bench.commands).last().asString().startsWith(last(before));
  }

  private static String last(Attachment before) {
    return before.autoclear() ? "losetup --detach" : "dd ";
  }

  /** Another losetup may be first in PATH, and know no long options. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 4})
  void everyCommandUsesTheLosetupOfThePlan(int faultAt) {
    FakeBench bench = new FakeBench(DETACHED_AT_UNMOUNT);
    bench.faultAt(faultAt, Fault.FAILS);

    new CureRun(bench, DETACHED_AT_UNMOUNT, log::add, Optional::empty)
        .run(steps(DETACHED_AT_UNMOUNT).stream().map(CureRunTest::withPath).toList());

    assertThat(bench.attachment().orElseThrow().autoclear()).isTrue();
    assertThat(bench.commands).noneMatch(command -> command.startsWith("losetup"));
  }

  private static CureStep withPath(CureStep step) {
    return new CureStep(
        step.action(),
        withPath(step.command()),
        step.undo().stream().map(CureRunTest::withPath).toList());
  }

  private static List<String> withPath(List<String> command) {
    return command.stream()
        .map(word -> word.equals("losetup") ? "/usr/sbin/losetup" : word)
        .toList();
  }

  private static Stream<Arguments> faults() {
    return attachments()
        .flatMap(
            before ->
                IntStream.range(0, required(before))
                    .boxed()
                    .flatMap(
                        step ->
                            Stream.of(Fault.values())
                                .map(fault -> Arguments.of(before, step, fault))));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void failureOfAnyStepLeavesEverythingAsBefore(Attachment before, int step, Fault fault) {
    FakeBench bench = new FakeBench(before);
    bench.faultAt(step, fault);

    Outcome outcome = run(before, bench);

    if (fault == Fault.SUCCEEDS_WITHOUT_EFFECT && outcome.result() == Result.CURED) {
      assertThat(isMountedWithDirectIo(before, bench)).isTrue(); // the step was not necessary
      return;
    }
    assertThat(outcome.result()).as("%s%n%s", outcome, log).isEqualTo(Result.AS_BEFORE);
    assertThat(isAsBefore(before, bench)).as("%s%n%s", bench.attachment(), log).isTrue();
    assertThat(outcome.failure()).isNotEmpty();
  }

  @Test
  void busyMountPointChangesNothing() {
    FakeBench bench = new FakeBench(MOUNTED_TWICE);
    bench.alwaysFails("umount");

    Outcome outcome = run(MOUNTED_TWICE, bench);

    assertThat(outcome)
        .isEqualTo(
            new Outcome(Result.AS_BEFORE, "umount /srv/two: umount /srv/two: refused", List.of()));
    assertThat(bench.commands).containsExactly("umount /srv/two");
    assertThat(log).as("the reason is in the outcome").noneMatch(line -> line.contains("refused"));
  }

  private static Stream<Arguments> signals() {
    return attachments()
        .flatMap(
            before ->
                IntStream.range(0, required(before))
                    .mapToObj(calls -> Arguments.of(before, calls)));
  }

  @ParameterizedTest
  @MethodSource("signals")
  void signalBetweenStepsLeavesEverythingAsBefore(Attachment before, int calls) {
    FakeBench bench = new FakeBench(before);

    Outcome outcome =
        new CureRun(
                bench,
                before,
                log::add,
                () -> bench.commands.size() >= calls ? Optional.of("TERM") : Optional.empty())
            .run(steps(before));

    assertThat(outcome).isEqualTo(new Outcome(Result.AS_BEFORE, "stopped by SIGTERM", List.of()));
    assertThat(isAsBefore(before, bench)).as("%s%n%s", bench.attachment(), log).isTrue();
  }

  @ParameterizedTest
  @MethodSource("attachments")
  void signalThatAlsoEndsTheProgramOfAStepIsTheReason(Attachment before) {
    FakeBench bench = new FakeBench(before);
    bench.faultAt(0, Fault.KILLED_BEFORE_ITS_EFFECT);

    Outcome outcome =
        new CureRun(
                bench,
                before,
                log::add,
                () -> bench.commands.isEmpty() ? Optional.empty() : Optional.of("INT"))
            .run(steps(before));

    assertThat(outcome).isEqualTo(new Outcome(Result.AS_BEFORE, "stopped by SIGINT", List.of()));
    assertThat(log).noneMatch(line -> line.contains("injected"));
  }

  @Test
  void sectorsOfADeviceThatIsMountedElsewhereAreNotChanged() {
    FakeBench bench = new FakeBench(MOUNTED_TWICE);
    bench.holdElsewhere();

    Outcome outcome = run(MOUNTED_TWICE, bench);

    assertThat(outcome.result()).isEqualTo(Result.AS_BEFORE);
    assertThat(outcome.failure()).contains("another mount namespace");
    assertThat(bench.commands).noneMatch(command -> command.contains("--sector-size"));
  }

  @Test
  void sectorsAreNotChangedBackUnderAMountThatStays() {
    FakeBench bench = new FakeBench(MOUNTED_TWICE);
    bench.faultAt(5, Fault.FAILS); // the second mount; the first one is in use by then

    Outcome outcome =
        new CureRun(
                bench, MOUNTED_TWICE, line -> busyFromTheFirstMountOn(bench, line), Optional::empty)
            .run(steps(MOUNTED_TWICE));

    assertThat(outcome.result()).isEqualTo(Result.CHANGED);
    assertThat(outcome.differences())
        .contains("failed: umount /srv/one", "sector size is 4096, was 512")
        .doesNotContain("/srv/one is not mounted", "/srv/two is not mounted");
    assertThat(bench.commands).doesNotContain("losetup --sector-size 512 /dev/loop3");
  }

  private static void busyFromTheFirstMountOn(FakeBench bench, String line) {
    if (line.contains("mount -t")) {
      bench.alwaysFails("umount");
    }
  }

  @Test
  void mountThatCannotBeRestoredIsNamed() {
    FakeBench bench = new FakeBench(MOUNTED_TWICE);
    bench.alwaysFails("mount");

    Outcome outcome = run(MOUNTED_TWICE, bench);

    assertThat(outcome.result()).isEqualTo(Result.CHANGED);
    assertThat(outcome.differences())
        .contains("/srv/one is not mounted", "/srv/two is not mounted")
        .doesNotContain("sector size is 4096, was 512");
  }

  @Test
  void failedEvictionDoesNotUndoTheCure() {
    FakeBench bench = new FakeBench(MOUNTED_TWICE);
    bench.alwaysFails("dd");

    assertThat(run(MOUNTED_TWICE, bench).result()).isEqualTo(Result.CURED);
    assertThat(log).anyMatch(line -> line.endsWith("refused"));
  }

  @Test
  void deviceThatIsNoLongerDetachedAtItsLastUnmountIsReported() {
    FakeBench bench = new FakeBench(DETACHED_AT_UNMOUNT);
    bench.alwaysFails("losetup --detach");

    assertThat(run(DETACHED_AT_UNMOUNT, bench))
        .isEqualTo(
            new Outcome(
                Result.CURED, "", List.of("/dev/loop3 is no longer detached at its last unmount")));
  }

  @Test
  void deviceThatStaysAttachedAtItsLastUnmountIsMountedAgain() {
    Attachment before = Attachments.buffered(Attachments.mount("/dev/loop3", "/srv/one"));
    FakeBench bench = new FakeBench(before); // another program has it open

    Outcome outcome = run(detachedAtUnmount(before), bench);

    assertThat(outcome.result()).isEqualTo(Result.AS_BEFORE);
    assertThat(bench.attachment().orElseThrow().mounts()).isEqualTo(before.mounts());
  }
}
