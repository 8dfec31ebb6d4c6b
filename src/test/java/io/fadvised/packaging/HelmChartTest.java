package io.fadvised.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.marcnuri.helm.DryRun;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.fadvised.config.Settings;
import io.fadvised.config.SettingsLoader;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1DaemonSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** Renders the chart with Helm's own library and compares it with the Kustomize base. */
@EnabledOnOs(
    value = OS.LINUX,
    architectures = {"amd64", "x86_64"},
    disabledReason = "the library has no native part for this platform")
class HelmChartTest {
  private static final Path CHART = Path.of("packaging/helm/fadvised");
  private static final Path BASE = Path.of("packaging/kubernetes");

  /**
   * Key of values.yaml, values to set, kind, path (C: the container, P: its pod), what arrives
   * there.
   */
  private static final String ARRIVALS =
      """
      image.repository               | image: {repository: a/b, tag: c}                   | DaemonSet | C image                         | a/b:c
      image.tag                      | image: {tag: "1.10"}                               | DaemonSet | C image                         | registry.example/fadvised:1.10
      image.pullPolicy               | image: {pullPolicy: Never}                         | DaemonSet | C imagePullPolicy               | Never
      imagePullSecrets               | imagePullSecrets: [{name: a}]                      | DaemonSet | P imagePullSecrets              | [{name: a}]
      env                            | env: [{name: A, value: b}]                         | DaemonSet | C env                           | [{name: A, value: b}]
      resources.requests.cpu         | resources: {requests: {cpu: 1}}                    | DaemonSet | C resources requests cpu        | 1
      resources.requests.memory      | resources: {requests: {memory: 1Gi}}               | DaemonSet | C resources requests memory     | 1Gi
      resources.limits.memory        | resources: {limits: {memory: 1Gi}}                 | DaemonSet | C resources limits memory       | 1Gi
      priorityClassName              | priorityClassName: a                               | DaemonSet | P priorityClassName             | a
      nodeSelector.kubernetes.io/os  | nodeSelector: {kubernetes.io/os: null, a: b}       | DaemonSet | P nodeSelector                  | {a: b}
      affinity                       | affinity: {podAffinity: {}}                        | DaemonSet | P affinity                      | {podAffinity: {}}
      tolerations                    | tolerations: [{key: a, operator: Exists}]          | DaemonSet | P tolerations                   | [{key: a, operator: Exists}]
      serviceAccountName             | serviceAccountName: a                              | DaemonSet | P serviceAccountName            | a
      maxUnavailable                 | maxUnavailable: 3                                  | DaemonSet | spec updateStrategy rollingUpdate maxUnavailable | 3
      podAnnotations                 | podAnnotations: {a: b}                             | DaemonSet | spec template metadata annotations a | b
      podLabels                      | podLabels: {a: b}                                  | DaemonSet | spec template metadata labels a | b
      metrics.enabled                | metrics: {enabled: true}                           | DaemonSet | C ports                         | [{name: metrics, containerPort: 9404}]
      metrics.port                   | metrics: {enabled: true, port: 81}                 | DaemonSet | C ports 0 containerPort         | 81
      podMonitor.enabled             | {podMonitor: {enabled: true}, metrics: {enabled: true}}                  | PodMonitor | metadata name                        | fadvised
      podMonitor.labels              | {podMonitor: {enabled: true, labels: {a: b}}, metrics: {enabled: true}}  | PodMonitor | metadata labels                      | {a: b}
      podMonitor.interval            | {podMonitor: {enabled: true, interval: 7s}, metrics: {enabled: true}}    | PodMonitor | spec podMetricsEndpoints 0 interval  | 7s
      prometheusRule.enabled         | prometheusRule: {enabled: true}                    | PrometheusRule | metadata name                   | fadvised
      prometheusRule.labels          | prometheusRule: {enabled: true, labels: {a: b}}    | PrometheusRule | metadata labels                 | {a: b}
      """;

  /** Chart as Helm packages it, with the contents of its links. */
  private static Helm helm;

  @TempDir Path directory;

  @BeforeAll
  static void packageChart(@TempDir Path packages) throws Exception {
    new Helm(CHART).packageIt().withDestination(packages).call();
    try (Stream<Path> files = Files.list(packages)) {
      helm = new Helm(files.findFirst().orElseThrow());
    }
  }

  @Test
  void lintPrintsNoWarning() {
    LintResult result = helm.lint().strict().call();

    assertThat(result.getMessages()).allMatch(message -> message.startsWith("[INFO]"));
    assertThat(result.isFailed()).isFalse();
  }

  @Test
  void daemonSetWithoutValuesEqualsTheKustomizeBase() throws Exception {
    Object base = yaml(BASE.resolve("daemonset.yaml"));
    Object kustomization = yaml(BASE.resolve("kustomization.yaml"));
    map(base, "metadata").put("namespace", at(kustomization, "namespace"));
    Map<String, Object> container = map(base, "spec template spec containers 0");
    assertThat(container.get("image")).isEqualTo(at(kustomization, "images 0 name"));
    container.put(
        "image",
        at(kustomization, "images 0 newName") + ":" + at(kustomization, "images 0 newTag"));

    Map<String, Object> rendered = render("");

    assertThat(rendered).containsOnlyKeys("DaemonSet", "ConfigMap");
    Object daemonSet = rendered.get("DaemonSet");
    // Kustomize gives a ConfigMap with other settings another name instead.
    assertThat(map(daemonSet, "spec template metadata annotations"))
        .containsOnlyKeys("checksum/config");
    map(daemonSet, "spec template metadata").remove("annotations");
    assertThat(daemonSet).isEqualTo(base);
  }

  @Test
  void configMapWithoutValuesHasTheSettingsOfTheKustomizeBase() throws Exception {
    Object generator = at(yaml(BASE.resolve("kustomization.yaml")), "configMapGenerator 0");

    Object configMap = render("").get("ConfigMap");

    assertThat(at(configMap, "metadata name")).isEqualTo(at(generator, "name"));
    assertThat(map(configMap, "data")).containsOnlyKeys((String) at(generator, "files 0"));
    assertThat(settings(configMap))
        .usingRecursiveComparison()
        .isEqualTo(load(Files.readString(BASE.resolve("fadvised.conf"))));
  }

  @Test
  void chartHasTheVersionOfTheImage() throws Exception {
    Object chart = yaml(CHART.resolve("Chart.yaml"));

    assertThat(at(chart, "version")).isEqualTo(at(chart, "appVersion"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', textBlock = ARRIVALS)
  void valueArrives(String key, String values, String kind, String path, String expected)
      throws Exception {
    String place =
        path.replaceFirst("^C ", "P containers 0 ").replaceFirst("^P ", "spec template spec ");
    Object value = new Yaml().load(expected);

    Map<String, Object> rendered = render(values);

    assertThat(at(render("").get(kind), place)).as(key + " by default").isNotEqualTo(value);
    assertThat(at(rendered.get(kind), place)).as(key).isEqualTo(value);
    V1DaemonSet.validateJsonElement(new Gson().toJsonTree(rendered.get("DaemonSet")));
    V1ConfigMap.validateJsonElement(new Gson().toJsonTree(rendered.get("ConfigMap")));
  }

  @Test
  void everyValueIsTested() throws Exception {
    Stream<String> tested = ARRIVALS.lines().map(line -> line.replaceFirst(" *\\|.*", ""));

    assertThat(leaves("", yaml(CHART.resolve("values.yaml"))))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(tested, Stream.of("config", "extraConfig")).toList());
  }

  @Test
  void configAndExtraConfigBecomeSettings() throws Exception {
    Object configMap =
        render(
                """
                config:
                  dry-run: true
                  budget: { relaxed: 33%, pressed: 64MiB }
                  interval: { max: 7s }
                  direct-io: enable
                  devices:
                    exclude: ["/srv/a b/<&>/**", loop7]
                    overrides: [{ match: "/a/**", interval: { max: 9s } }]
                metrics: { enabled: true }
                extraConfig: |
                  fadvised.interval.max = 8s
                  fadvised.log.level = debug
                """)
            .get("ConfigMap");

    assertThat(settings(configMap))
        .usingRecursiveComparison()
        .isEqualTo(
            load(
                """
                fadvised.dry-run = true
                fadvised.budget.relaxed = 33%
                fadvised.budget.pressed = 64MiB
                fadvised.interval.max = 8s
                fadvised.direct-io = enable
                fadvised.devices.exclude = [ "/srv/a b/<&>/**", "loop7" ]
                fadvised.devices.overrides = [ { match = "/a/**", interval.max = 9s } ]
                fadvised.metrics.listen = "0.0.0.0:9404"
                fadvised.log.level = debug
                """));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config: {dry-run: true}",
        "extraConfig: fadvised.dry-run = true",
        "metrics: {enabled: true}"
      })
  void changedSettingRestartsThePods(String values) throws Exception {
    String checksum = "spec template metadata annotations checksum/config";

    assertThat(at(render(values).get("DaemonSet"), checksum))
        .isNotEqualTo(at(render("").get("DaemonSet"), checksum));
  }

  @Test
  void rulesAreTheAlertsOfTheProject() throws Exception {
    Object rule = render("prometheusRule: {enabled: true}").get("PrometheusRule");

    assertThat(at(rule, "spec")).isEqualTo(yaml(Path.of("packaging/monitoring/alerts.yaml")));
  }

  @Test
  void podMonitorSelectsThePodsAndTheirPort() throws Exception {
    Map<String, Object> rendered =
        render("{podMonitor: {enabled: true}, metrics: {enabled: true}}");

    Object monitor = rendered.get("PodMonitor");
    Object template = at(rendered.get("DaemonSet"), "spec template");
    Map<String, Object> labels = map(template, "metadata labels");
    assertThat(labels).containsAllEntriesOf(map(monitor, "spec selector matchLabels"));
    assertThat(labels.get((String) at(monitor, "spec jobLabel")))
        .as("the job that the alerts expect")
        .isEqualTo("fadvised");
    assertThat(at(monitor, "spec podMetricsEndpoints 0 port"))
        .isEqualTo(at(template, "spec containers 0 ports 0 name"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          toleration: []               | toleration
          image: {name: a}             | name
          metrics: {port: 0}           | port
          config: {fadvised: {}}       | config
          podMonitor: {enabled: true}  | requires metrics.enabled
          """)
  void wrongValueIsRejected(String values, String message) {
    assertThatThrownBy(() -> render(values)).hasMessageContaining(message);
  }

  @Test
  void emptyValuesLeaveTheirFieldsOut() throws Exception {
    Object daemonSet =
        render(
                "{tolerations: [], priorityClassName: '', resources: null, nodeSelector:"
                    + " {kubernetes.io/os: null}}")
            .get("DaemonSet");

    assertThat(map(daemonSet, "spec template spec"))
        .doesNotContainKeys("tolerations", "priorityClassName", "nodeSelector");
    assertThat(map(daemonSet, "spec template spec containers 0")).doesNotContainKey("resources");
  }

  @ParameterizedTest
  @CsvSource({
    "security.openshift.io/v1, '', false",
    "apps/v1, '', true",
    "apps/v1, fadvised, false",
  })
  void notesExplainOpenShiftWhereItsApiIs(String api, String account, boolean explained)
      throws Exception {
    Files.createDirectory(directory.resolve("templates"));
    for (String name : List.of("Chart.yaml", "values.yaml", "templates/NOTES.txt")) {
      String text = Files.readString(CHART.resolve(name));
      // Without a cluster, Helm knows the APIs of Kubernetes alone.
      Files.writeString(directory.resolve(name), text.replace("security.openshift.io/v1", api));
    }

    String notes =
        new Helm(directory)
            .install()
            .clientOnly()
            .withDryRunOption(DryRun.CLIENT)
            .withName("fadvised")
            .withNamespace("somewhere")
            .set("serviceAccountName", account)
            .call()
            .getOutput();

    assertThat(notes).contains("kubectl -n somewhere exec ds/fadvised");
    assertThat(notes.contains("oc -n somewhere adm policy")).isEqualTo(explained);
  }

  /** Returns the manifests by their kinds. */
  private Map<String, Object> render(String values) throws Exception {
    Path file = Files.writeString(directory.resolve("values.yaml"), values);
    String manifests =
        helm.template()
            .withName("fadvised")
            .withNamespace("kube-system")
            .withValuesFile(file)
            .call();
    return StreamSupport.stream(new Yaml().loadAll(manifests).spliterator(), false)
        .collect(Collectors.toMap(each -> (String) at(each, "kind"), Function.identity()));
  }

  private Settings settings(Object configMap) throws Exception {
    return load((String) at(configMap, "data fadvised.conf"));
  }

  private Settings load(String text) throws Exception {
    Path file = Files.writeString(directory.resolve("fadvised.conf"), text);
    return SettingsLoader.load(Optional.of(file), List.of()).settings();
  }

  /** Returns what is at a path of keys and indexes; null if one of them is missing. */
  private static Object at(Object tree, String path) {
    Object place = tree;
    for (String key : path.split(" ", -1)) {
      if (place instanceof List<?> list) {
        place = list.get(Integer.parseInt(key));
      } else {
        place = place instanceof Map<?, ?> map ? map.get(key) : null;
      }
    }
    return place;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object tree, String path) {
    return (Map<String, Object>) at(tree, path);
  }

  /** Returns the paths of the values that are no maps, or empty ones. */
  private static Stream<String> leaves(String path, Object value) {
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      return map.entrySet().stream()
          .flatMap(e -> leaves(path + (path.isEmpty() ? "" : ".") + e.getKey(), e.getValue()));
    }
    return Stream.of(path);
  }

  private static Object yaml(Path file) throws Exception {
    return new Yaml().load(Files.readString(file));
  }
}
