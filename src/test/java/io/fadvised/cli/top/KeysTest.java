package io.fadvised.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cli.top.Keys.Special;
import io.fadvised.cli.top.StatusSource.Order;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.Reports;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeysTest {
  private static final int ESCAPE = 27;
  private static final List<DeviceStatus> DEVICES =
      List.of(device("loop0"), device("loop1"), device("loop12"));

  private static DeviceStatus device(String name) {
    return DeviceStatus.of(Reports.device(name), Reports.AT);
  }

  private static View typed(View view, String keys) {
    View result = view;
    for (int key : keys.chars().toArray()) {
      result = Keys.press(result, key, DEVICES).view();
    }
    return result;
  }

  private static List<String> shown(View view) {
    return view.of(DEVICES).stream().map(DeviceStatus::device).toList();
  }

  @Test
  void qQuits() {
    assertThat(Keys.press(View.AT_FIRST, 'q', DEVICES).quits()).isTrue();
    assertThat(Keys.press(View.AT_FIRST, 'x', DEVICES).quits()).isFalse();
  }

  @Test
  void orderKeysReturnOrders() {
    assertThat(Keys.press(View.AT_FIRST, 'p', DEVICES).order()).contains(Order.PAUSE);
    assertThat(Keys.press(View.AT_FIRST, 's', DEVICES).order()).contains(Order.SWEEP);
    assertThat(Keys.press(View.AT_FIRST, 'o', DEVICES).order()).isEmpty();
  }

  @Test
  void enterKeepsTheTypedFilter() {
    View view = typed(View.AT_FIRST, "/loop1");

    assertThat(view.typing()).isTrue();
    assertThat(shown(view)).containsExactly("loop1", "loop12");
    assertThat(typed(view, "\r").typing()).isFalse();
    assertThat(typed(view, "\r").filter()).isEqualTo("loop1");
  }

  @Test
  void keysAreTextWhileTyping() {
    View view = typed(View.AT_FIRST, "/sq");

    assertThat(view.filter()).isEqualTo("sq");
    assertThat(shown(view)).isEmpty();
  }

  @Test
  void backspaceCorrectsAndEscapeClearsTheFilter() {
    assertThat(typed(View.AT_FIRST, "/loopX\u007f").filter()).isEqualTo("loop");
    assertThat(typed(View.AT_FIRST, "/\u007f").filter()).isEmpty();
    assertThat(Keys.press(typed(View.AT_FIRST, "/loop1"), ESCAPE, DEVICES).view())
        .isEqualTo(View.AT_FIRST);
  }

  @Test
  void arrowsMoveTheSelectionAndStopAtTheEnds() {
    View down = Keys.press(View.AT_FIRST, Special.DOWN, DEVICES).view();
    assertThat(down.selected()).isEqualTo("loop1");
    assertThat(Keys.press(down, Special.PAGE_DOWN, DEVICES).view().selected()).isEqualTo("loop12");
    assertThat(Keys.press(down, Special.PAGE_UP, DEVICES).view().selected()).isEqualTo("loop0");
    assertThat(typed(View.AT_FIRST, "jjk").selected()).isEqualTo("loop1");
  }

  @Test
  void arrowsWithoutDevicesSelectNothing() {
    assertThat(Keys.press(View.AT_FIRST, Special.DOWN, List.of()).view()).isEqualTo(View.AT_FIRST);
  }

  @Test
  void orderKeyCyclesThroughTheOrders() {
    View view = View.AT_FIRST;
    for (View.Sort sort : View.Sort.values()) {
      assertThat(view.sort()).isEqualTo(sort);
      view = typed(view, "o");
    }
    assertThat(view.sort()).isEqualTo(View.Sort.RESIDENT);
  }

  @Test
  void detailAndFreezeAreToggled() {
    assertThat(typed(View.AT_FIRST, "d").detail()).isTrue();
    assertThat(typed(View.AT_FIRST, "dd").detail()).isFalse();
    assertThat(typed(View.AT_FIRST, " ").frozen()).isTrue();
    assertThat(typed(View.AT_FIRST, "  ").frozen()).isFalse();
  }

  @Test
  void helpKeysAskForHelpExceptInAFilter() {
    assertThat(Keys.isHelp(View.AT_FIRST, 'h')).isTrue();
    assertThat(Keys.isHelp(View.AT_FIRST, '?')).isTrue();
    assertThat(Keys.isHelp(View.AT_FIRST, 'x')).isFalse();
    assertThat(Keys.isHelp(View.AT_FIRST.filteredBy("", true), 'h')).isFalse();
  }
}
