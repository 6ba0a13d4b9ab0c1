from enem.figures import labels_en, labels_pt
KNOWN = {v: labels_pt.TEXT[k] for k, v in labels_en.TEXT.items()}
def portuguese(s):
    return KNOWN.get(s, s)
