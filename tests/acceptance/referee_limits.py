"""Every number the referee judges by, typed by hand in volts, amperes, percent and metres.

Nothing here is read from the product's rules: a wrong row there must show up as an objection.
"""

from __future__ import annotations

LV_KV = (0.38, 0.4)
MV_KV = (10.0, 20.0)

# Legal voltage limits, phase to phase: nominal kV of the data -> (nominal, lowest, highest) volts.
VOLTAGE_LIMITS_V = {
    0.38: (380.0, 353.4, 406.6),
    0.4: (380.0, 353.4, 406.6),
    10.0: (10_000.0, 9_300.0, 10_700.0),
    20.0: (20_000.0, 18_600.0, 21_400.0),
}
# Held against lines of these voltages alone: lowest, highest volts; least, greatest kVA.
HV_VOLTAGE_LIMITS_V = {35.0: (33_950.0, 37_450.0), 110.0: (106_700.0, 117_700.0)}
HV_BANDS_KVA = {35.0: (5_000.0, 40_000.0), 110.0: (20_000.0, 100_000.0)}
HV_OPTIONS = 3
THERMAL_LIMIT_PCT = 100.0
HEAVY_LIMIT_PCT = 80.0
SLACK = 1e-9
WORSE_LOADING_POINTS = 1.0
WORSE_VOLTAGE_SHARE = 0.005  # of the nominal voltage

LV_ACCESS_LIMIT_KW = 200.0  # from 2021-12-31
POWER_FACTOR = {"lv": 0.90, "mv": 0.95, "hv": 0.95}
LOAD_RATE = 0.8
STANDARD_TRANSFORMERS_KVA = (
    30, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500,
)  # fmt: skip

STANDARD_TRANSFORMERS_HV_KVA = (
    3150, 4000, 5000, 6300, 8000, 10000, 12500, 16000, 20000, 25000, 31500, 40000, 50000, 63000,
)  # fmt: skip

COMPENSATION_SHARE = 0.2  # least kvar over kVA of the transformers
NATURAL_POWER_FACTOR = 0.9  # of commerce, before compensation
POWER_FACTOR_MIN = 0.95  # to be reached at 10(20) kV
LV_SIDE_METER_KVA = 315.0

MAX_DISTANCE_M = {"lv": 500.0, "mv": 2_000.0, "hv": 20_000.0}
DETOUR = 1.3
SHORTEST_ROUTE_M = 5.0
END_OF_LINE_M = 1.0
TEE_LIMIT_KVA = 1_000.0
BAY_LIMIT_KVA = 6_000.0
MV_CAPACITY_LIMIT_KVA = {10.0: 10_000.0, 20.0: 20_000.0}
REMEDY_TRIALS, REMEDY_MEASURES = 24, 3
DROP_SHARE = {"lv": 0.04, "mv": 0.05, "hv": 0.05}  # of the nominal voltage, over the new line
NEW_LINE_SHARE = 0.8  # of the ampacity, at the lowest legal voltage
# Ampacity each of 1, 2, 3 ... circuits laid together keeps; from the last on no less.
CIRCUIT_FACTORS = {"cable": (1.0, 0.85, 0.80, 0.75, 0.72, 0.70), "overhead": (1.0,)}
THERMAL_C = {"copper": 137.0, "aluminium": 87.0}  # A s^0.5 a square millimetre
CLEARING_S = 0.5

ON_SITE_LIMIT_KVA = 1_250.0
UPSTREAM_LIMIT_KVA = 3_000.0
ROUTE_CONFIRMED_M = 100.0
SUPPLY_RADIUS_M = {"lv": 250.0, "mv": 3_000.0}  # supply area of class B

SHORT_CIRCUIT_KA = 20.0
SHORT_CIRCUIT_C = 1.1

NEAR_M = 50.0
NEAR_SHARE = 1.15
MARGIN_STEP_POINTS = 10.0
OPTIONS_A_FEEDER = 3
OPEN_CAPACITY_SHARE = 0.8

AREA_CLASS = "B"  # of the example area, where the data state none
N_MINUS_1_AREAS = ("A+", "A", "B")  # in which a lost N-1 goes to the desk
