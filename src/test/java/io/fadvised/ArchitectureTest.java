package io.fadvised;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;

/** The allowed dependencies. A package that does not exist breaks no rule. */
@AnalyzeClasses(packages = "io.fadvised", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String OURS = "io.fadvised..";
  private static final String ROOT = "io.fadvised";

  private static final DescribedPredicate<JavaClass> A_PLAIN_VALUE =
      describe(
          "a record, an enum, or part of one",
          type ->
              type.isRecord()
                  || type.isEnum()
                  || type.getEnclosingClass().filter(JavaClass::isEnum).isPresent());

  @ArchTest
  static final ArchRule onlyLinuxUsesJna =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.fadvised.linux..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.sun.jna..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule onlyTopUsesJline =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.fadvised.cli.top..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.jline..");

  @ArchTest static final ArchRule jsonUsesNoPackageOfOurs = mayUseOfOurs("json");
  @ArchTest static final ArchRule linuxUsesNoPackageOfOurs = mayUseOfOurs("linux");
  @ArchTest static final ArchRule configUsesNoPackageOfOurs = mayUseOfOurs("config");
  @ArchTest static final ArchRule pressureUsesLinux = mayUseOfOurs("pressure", "linux");
  @ArchTest static final ArchRule cgroupUsesPressure = mayUseOfOurs("cgroup", "pressure");
  @ArchTest static final ArchRule loopUsesLinux = mayUseOfOurs("loop", "linux");
  @ArchTest static final ArchRule pagecacheUsesLinux = mayUseOfOurs("pagecache", "linux");

  @ArchTest
  static final ArchRule loggingUsesConfigAndLoop = mayUseOfOurs("logging", "config", "loop");

  @ArchTest
  static final ArchRule policyUsesValues =
      mayUseOfOurs("policy", "cgroup", "pressure", "pagecache", "loop");

  @ArchTest
  static final ArchRule engineUsesLowerPackages =
      mayUseOfOurs(
          "engine",
          "cgroup",
          "config",
          "directio",
          "policy",
          "loop",
          "pagecache",
          "pressure",
          "linux");

  /** A sweep runs on a worker's thread, so it may only use its job and its memory. */
  @ArchTest
  static final ArchRule sweepDoesNotUseStateOfTheEngine =
      noClasses()
          .that()
          .haveNameMatching(
              "io\\.fadvised\\.engine\\.(Sweep(er|Job|Report|Memory)|ReadBack|Work)\\b.*")
          .should()
          .dependOnClassesThat()
          .haveNameMatching(
              "io\\.fadvised\\.engine\\.(Device|DeviceRegistry|Schedule|SweepRunner|Engine|EngineLoop)");

  @ArchTest
  static final ArchRule directIoUsesLowerPackages =
      mayUseOfOurs("directio", "loop", "policy", "linux");

  @ArchTest
  static final ArchRule doctorUsesLowerPackages =
      mayUseOfOurs(
          "doctor", "directio", "engine", "policy", "loop", "pagecache", "pressure", "linux");

  @ArchTest
  static final ArchRule statusUsesEngineAndLowerPackages =
      mayUseOfOurs("status", "json", "engine", "cgroup", "policy", "loop", "pagecache", "pressure");

  @ArchTest
  static final ArchRule controlUsesStatusAndLowerPackages =
      mayUseOfOurs("control", "json", "status", "engine", "config", "policy", "linux");

  @ArchTest
  static final ArchRule metricsUseControlAndLowerPackages =
      mayUseOfOurs(
          "metrics",
          "control",
          "json",
          "status",
          "engine",
          "config",
          "policy",
          "loop",
          "pagecache",
          "pressure",
          "linux");

  @ArchTest
  static final ArchRule prometheusUsesMetricsAndLowerPackages =
      mayUseOfOurs(
          "prometheus",
          "metrics",
          "engine",
          "cgroup",
          "config",
          "policy",
          "loop",
          "pagecache",
          "pressure");

  /** The library's classes are loaded when somebody asks for its text. */
  @ArchTest
  static final ArchRule onlyPrometheusUsesThePrometheusLibrary =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.fadvised.prometheus..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.prometheus..");

  @ArchTest
  static final ArchRule onlyCommandsUseCommands =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.fadvised.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.fadvised.cli..");

  @ArchTest
  static final ArchRule onlyCommandsUseTheRoot =
      noClasses()
          .that(not(resideInAnyPackage(ROOT, "io.fadvised.cli..")))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT);

  @ArchTest
  static final ArchRule noCycles = slices().matching("io.fadvised.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule policyDoesNoInputOrOutput =
      noClasses()
          .that()
          .resideInAPackage("io.fadvised.policy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.io..",
              "java.nio..",
              "java.net..",
              "java.util.concurrent..",
              "java.util.logging..",
              "org.slf4j..",
              "com.codahale..",
              "io.dropwizard..",
              "com.typesafe..");

  @ArchTest
  static final ArchRule policyHasNoClock =
      noClasses()
          .that()
          .resideInAPackage("io.fadvised.policy..")
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Clock.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Instant.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(System.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Thread.class);

  @ArchTest
  static final ArchRule policyUsesOnlyValuesOfOtherPackages =
      noClasses()
          .that()
          .resideInAPackage("io.fadvised.policy..")
          .should()
          .dependOnClassesThat(
              resideInAPackage(OURS)
                  .and(not(resideInAPackage("io.fadvised.policy..")))
                  .and(not(A_PLAIN_VALUE)));

  /** A package may use itself, the named ones, and all packages that are not ours. */
  private static ArchRule mayUseOfOurs(String name, String... others) {
    String[] allowed = new String[others.length + 1];
    allowed[0] = "io.fadvised." + name + "..";
    for (int i = 0; i < others.length; i++) {
      allowed[i + 1] = "io.fadvised." + others[i] + "..";
    }
    return classes()
        .that()
        .resideInAPackage(allowed[0])
        .should()
        .onlyDependOnClassesThat(not(resideInAPackage(OURS)).or(resideInAnyPackage(allowed)))
        .allowEmptyShould(true);
  }
}
