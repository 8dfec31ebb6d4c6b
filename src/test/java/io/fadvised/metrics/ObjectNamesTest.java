package io.fadvised.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectNamesTest {
  @Test
  void namesHaveTheirKeysInTreeOrder() {
    assertThat(name(MetricNames.host("pressure"))).hasToString("d:type=Host,name=pressure");
    assertThat(name(MetricNames.systemCall("posix_fadvise")))
        .hasToString("d:type=SystemCall,name=posix_fadvise");
    assertThat(name(MetricNames.skipped("within-allowance")))
        .hasToString("d:type=Skipped,name=within-allowance");
    assertThat(ObjectNames.device("loop3")).hasToString("io.fadvised:type=Device,device=loop3");
    assertThat(name("other")).hasToString("d:name=other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a,b", "a=b", "a:b", "a\"b", "a*", "a?", "a\nb", "a.b", "", "a\\b", " "})
  void anyDeviceHasAValidDistinctName(String device) {
    ObjectName name = ObjectNames.device(device);

    assertThat(name.isPattern()).isFalse();
    assertThat(name.getKeyPropertyList()).hasSize(2);
    String value = name.getKeyProperty("device");
    assertThat(value.startsWith("\"") ? ObjectName.unquote(value) : value).isEqualTo(device);
  }

  private static ObjectName name(String metric) {
    return new ObjectNames().createName("gauges", "d", metric);
  }
}
