package io.fadvised.engine;

import io.fadvised.config.BudgetAmounts;
import io.fadvised.config.MemoryAmount;
import io.fadvised.config.Settings;
import io.fadvised.policy.Allowance;
import io.fadvised.policy.Budget;
import io.fadvised.policy.FairShare;
import io.fadvised.policy.Payer;
import io.fadvised.policy.Pressure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Divides the budget among the devices, and that of each payer among its own, at every tick. */
final class Allowances {
  private Allowances() {}

  /**
   * Grants each device its allowance.
   *
   * @return the budget for all devices together, in bytes
   */
  static long grant(Settings settings, HostView view, Collection<Device> devices) {
    long memory = view.memoryTotalBytes();
    Budget whole = budget(settings.budget(), memory);
    long budgetBytes = whole.bytesAt(view.pressure());
    boolean overBudget = maxResidentBytes(devices) > budgetBytes;
    Allowance allowance = Allowance.of(share(budgetBytes, devices), overBudget);
    Map<Payer, List<Device>> paidFor = new LinkedHashMap<>();
    int paidDevices = 0;
    for (Device device : devices) {
      long cap = cap(device, whole, memory, view.pressure());
      device.allow(cap < allowance.bytes() ? Allowance.of(cap, overBudget) : allowance);
      if (!device.payers().isEmpty()) {
        paidDevices++;
        for (Payer payer : device.payers()) {
          paidFor.computeIfAbsent(payer, none -> new ArrayList<>()).add(device);
        }
      }
    }
    for (Map.Entry<Payer, List<Device>> paid : paidFor.entrySet()) {
      limit(settings.containerBudget(), paid.getKey(), paid.getValue(), paidDevices);
    }
    return budgetBytes;
  }

  /** Divides the share of a payer's limit among its devices. */
  private static void limit(
      BudgetAmounts configured, Payer payer, List<Device> devices, int paidDevices) {
    long budgetBytes = budget(configured, payer.limitBytes()).bytesAt(payer.pressure());
    Allowance allowance = Allowance.within(payer, share(budgetBytes, devices));
    for (Device device : devices) {
      if (allowance.bytes() < device.allowance().bytes()) {
        device.allowWithin(payer, allowance, paidDevices);
      }
    }
  }

  private static long maxResidentBytes(Collection<Device> devices) {
    long sum = 0;
    for (Device device : devices) {
      if (device.countsTowardsBudget() && device.isMeasured()) {
        sum += device.maxResidentBytes();
      }
    }
    return sum;
  }

  private static long share(long budgetBytes, Collection<Device> devices) {
    long[] idle = new long[devices.size()];
    int idleDevices = 0;
    int busyDevices = 0;
    for (Device device : devices) {
      if (!device.countsTowardsBudget()) {
        continue;
      }
      if (device.seemsIdle()) {
        idle[idleDevices++] = device.residentBytes();
      } else {
        busyDevices++;
      }
    }
    return FairShare.allowanceBytes(budgetBytes, Arrays.copyOf(idle, idleDevices), busyDevices);
  }

  /** Returns the limit that an override sets for this device alone. */
  private static long cap(Device device, Budget whole, long memory, Pressure pressure) {
    Optional<MemoryAmount> relaxed = device.policy().capRelaxed();
    Optional<MemoryAmount> pressed = device.policy().capPressed();
    if (relaxed.isEmpty() && pressed.isEmpty()) {
      return Long.MAX_VALUE;
    }
    return budget(
            relaxed.map(amount -> amount.bytesOf(memory)).orElse(whole.relaxedBytes()),
            pressed.map(amount -> amount.bytesOf(memory)).orElse(whole.pressedBytes()))
        .bytesAt(pressure);
  }

  /** Returns what is configured for a memory of this size. */
  private static Budget budget(BudgetAmounts configured, long memoryBytes) {
    return budget(
        configured.relaxed().bytesOf(memoryBytes), configured.pressed().bytesOf(memoryBytes));
  }

  /** Bytes and percent can be compared only here: pressed is limited to relaxed. */
  private static Budget budget(long relaxedBytes, long pressedBytes) {
    return new Budget(relaxedBytes, Math.min(relaxedBytes, pressedBytes));
  }
}
