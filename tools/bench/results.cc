// Figures, and their JSON.

#include "tools/bench/results.h"

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tools/bench/statistics.h"

namespace bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "lockbench/2";

}  // namespace

const Comparison* Figure::To(absl::string_view baseline) const {
  for (const Comparison& comparison : comparisons) {
    if (comparison.baseline == baseline) return &comparison;
  }
  return nullptr;
}

void Figure::ComparePairs(std::string baseline,
                          const std::vector<double>& values,
                          const std::vector<double>& baseline_values) {
  const std::vector<double> ratios = Ratios(values, baseline_values);
  comparisons.push_back({std::move(baseline), Median(ratios),
                         Quantile(ratios, 0.25), Quantile(ratios, 0.75)});
}

void Figure::Compare(std::string baseline, double ratio) {
  comparisons.push_back({std::move(baseline), ratio, ratio, ratio});
}

const Figure* Results::Find(absl::string_view work,
                            absl::string_view variant) const {
  for (const Figure& figure : figures) {
    if (figure.work == work && figure.variant == variant) return &figure;
  }
  return nullptr;
}

Figure MakeFigure(std::string work, std::string variant, std::string unit,
                  const std::vector<double>& values) {
  Figure figure;
  figure.work = std::move(work);
  figure.variant = std::move(variant);
  figure.unit = std::move(unit);
  figure.value = Median(values);
  figure.low = Quantile(values, 0.25);
  figure.high = Quantile(values, 0.75);
  return figure;
}

std::string ToJson(const Results& results) {
  Json figures = Json::array();
  for (const Figure& f : results.figures) {
    Json comparisons = Json::array();
    for (const Comparison& c : f.comparisons) {
      comparisons.push_back({{"baseline", c.baseline},
                             {"ratio", c.ratio},
                             {"low", c.low},
                             {"high", c.high}});
    }
    figures.push_back({{"work", f.work},
                       {"variant", f.variant},
                       {"unit", f.unit},
                       {"value", f.value},
                       {"low", f.low},
                       {"high", f.high},
                       {"comparisons", std::move(comparisons)}});
  }
  const Json json = {{"format", kFormat}, {"figures", std::move(figures)}};
  return absl::StrCat(json.dump(1), "\n");
}

std::optional<Results> FromJson(absl::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object() || json.value("format", "") != kFormat ||
      !json.contains("figures")) {
    return std::nullopt;
  }
  Results results;
  for (const Json& f : json["figures"]) {
    Figure figure;
    figure.work = f.value("work", "");
    figure.variant = f.value("variant", "");
    figure.unit = f.value("unit", "");
    figure.value = f.value("value", 0.0);
    figure.low = f.value("low", 0.0);
    figure.high = f.value("high", 0.0);
    for (const Json& c : f.value("comparisons", Json::array())) {
      figure.comparisons.push_back({c.value("baseline", ""),
                                    c.value("ratio", 0.0), c.value("low", 0.0),
                                    c.value("high", 0.0)});
    }
    results.figures.push_back(std::move(figure));
  }
  return results;
}

std::string Number(double value) {
  if (value == 0) return "0";
  if (value >= 100) return absl::StrFormat("%.0f", value);
  if (value >= 10) return absl::StrFormat("%.1f", value);
  if (value >= 1) return absl::StrFormat("%.2f", value);
  return absl::StrFormat("%.3f", value);
}

std::string Quantity(double value, absl::string_view unit) {
  constexpr absl::string_view kTimes[] = {"µs", "ms", "s"};
  size_t time = unit == "us" ? 0 : unit == "ms" ? 1 : std::size(kTimes);
  if (time == std::size(kTimes)) {
    if (unit == "times" || unit == "processes") {
      return absl::StrFormat("%g %s", value, unit);
    }
    return unit.empty() ? Number(value)
                        : absl::StrCat(Number(value), " ", unit);
  }
  while (value >= 1000 && time + 1 < std::size(kTimes)) {
    value /= 1000;
    ++time;
  }
  return absl::StrCat(Number(value), " ", kTimes[time]);
}

std::string ToText(const Results& results) {
  std::string text;
  std::string work;
  for (const Figure& figure : results.figures) {
    if (figure.work != work) {
      work = figure.work;
      absl::StrAppend(&text, "\n", work, "\n");
    }
    absl::StrAppendFormat(
        &text, "  %-38s %9s %-8s %-18s", figure.variant, Number(figure.value),
        figure.unit,
        absl::StrCat(Number(figure.low), "-", Number(figure.high)));
    for (const Comparison& c : figure.comparisons) {
      absl::StrAppendFormat(&text, " %.2f (%.2f-%.2f) of %s;", c.ratio, c.low,
                            c.high, c.baseline);
    }
    text += "\n";
  }
  return text;
}

}  // namespace bench
