package io.fadvised.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import io.fadvised.config.SettingsLoader;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1DaemonSet;
import io.kubernetes.client.openapi.models.V1PodSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** Compares the manifests with the types of the Kubernetes API and the contents of the image. */
class KubernetesManifestsTest {
  private static final Path DIRECTORY = Path.of("packaging/kubernetes");

  @Test
  void daemonSetMatchesTheApi() throws Exception {
    JsonElement json = json("daemonset.yaml");

    V1DaemonSet.validateJsonElement(json);
    V1DaemonSet daemonSet = V1DaemonSet.fromJson(json.toString());

    V1PodSpec pod = daemonSet.getSpec().getTemplate().getSpec();
    assertThat(daemonSet.getSpec().getSelector().getMatchLabels())
        .isEqualTo(daemonSet.getSpec().getTemplate().getMetadata().getLabels());
    assertThat(pod.getHostPID()).as("/proc/1/root has the node's cgroups").isTrue();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    V1Container container = pod.getContainers().get(0);
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getVolumeMounts())
        .filteredOn(mount -> !List.of("tmp", "run").contains(mount.getName()))
        .isNotEmpty()
        .allMatch(mount -> Boolean.TRUE.equals(mount.getReadOnly()));
    assertThat(container.getResources().getLimits()).containsKey("memory");
    assertThat(container.getLivenessProbe()).isNotNull();
    assertThat(container.getStartupProbe()).isNotNull();
    assertThat(container.getReadinessProbe().getExec().getCommand())
        .last()
        .asString()
        .contains("/run/fadvised/fadvised.sock");
  }

  @Test
  void unknownFieldIsDetected() throws Exception {
    JsonElement json = json("daemonset.yaml");
    json.getAsJsonObject()
        .getAsJsonObject("spec")
        .getAsJsonObject("template")
        .getAsJsonObject("spec")
        .addProperty("hostPid", true);

    assertThatThrownBy(() -> V1DaemonSet.validateJsonElement(json)).hasMessageContaining("hostPid");
  }

  @Test
  void filesOfTheProbesAreCreatedByTheImage() throws Exception {
    String image = Files.readString(Path.of("packaging/container/build"));
    String manifest = Files.readString(DIRECTORY.resolve("daemonset.yaml"));

    String heartbeat = group(image, "FADVISED_HEARTBEAT_FILE=(\\S+)");
    assertThat(manifest).contains("find " + heartbeat + " -mmin");
    for (String applet : List.of("sh", "find")) {
      assertThat(group(image, "for applet in ([a-z ]+);").split(" ")).contains(applet);
    }
  }

  /** Tests the settings as shipped and with their comment marks removed. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void settingsAreValid(boolean uncommented) throws Exception {
    String text = Files.readString(DIRECTORY.resolve("fadvised.conf"));
    Path file = Files.createTempFile("fadvised", ".conf");
    try {
      Files.writeString(file, uncommented ? text.replace("\n#fadvised", "\nfadvised") : text);
      assertThat(SettingsLoader.load(Optional.of(file), List.of()).settings()).isNotNull();
    } finally {
      Files.delete(file);
    }
  }

  private static String group(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .findFirst()
        .orElseThrow();
  }

  private static JsonElement json(String name) throws IOException {
    return new Gson().toJsonTree(yaml(name));
  }

  private static Map<String, Object> yaml(String name) throws IOException {
    return new Yaml().load(Files.readString(DIRECTORY.resolve(name)));
  }
}
